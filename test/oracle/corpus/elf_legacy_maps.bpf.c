// SPDX-License-Identifier: MIT
// covers: elf: the legacy maps section
// expect: rawbpf: libbpf 1.0 and later refuse the maps section
#include "minimal.h"

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def legacy SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 2,
};

SEC("socket")
int answer(void *ctx)
{
	int key = 0;

	return bpf_map_lookup_elem(&legacy, &key) != 0;
}
