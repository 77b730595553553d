// SPDX-License-Identifier: MIT
// covers: elf: BTF without .BTF.ext
// then: llvm-objcopy -R .BTF.ext -R .rel.BTF.ext
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, int);
	__type(value, long);
} numbers SEC(".maps");

int calls;

static __noinline int twice(int n)
{
	calls++;
	return n * 2;
}

SEC("socket")
int plain(struct __sk_buff *skb)
{
	int key = twice(skb->len);

	return bpf_map_lookup_elem(&numbers, &key) != 0;
}
