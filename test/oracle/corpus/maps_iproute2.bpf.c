// SPDX-License-Identifier: MIT
// covers: elf: the legacy maps section of iproute2 (struct bpf_elf_map)
// expect: rawbpf: libbpf 1.0 and later refuse the maps section
#include "minimal.h"

/* As in iproute2's bpf_elf.h. */
struct bpf_elf_map {
	__u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_elf_map counts SEC("maps") = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 16,
	.flags = BPF_F_NO_PREALLOC,
};

struct bpf_elf_map more SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 2,
};

SEC("classifier")
int count(struct __sk_buff *skb)
{
	__u32 key = skb->len;

	return bpf_map_lookup_elem(&counts, &key) || bpf_map_lookup_elem(&more, &key) ? -1 : 0;
}
