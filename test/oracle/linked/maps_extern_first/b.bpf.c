// SPDX-License-Identifier: MIT
#include "minimal.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

struct inner inner_b SEC(".maps");

SEC("socket")
int second(void *ctx)
{
	int key = 1;
	long *value = bpf_map_lookup_elem(&inner_b, &key);

	return value ? (int)*value : 0;
}
