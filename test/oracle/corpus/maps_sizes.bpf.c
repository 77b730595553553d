// SPDX-License-Identifier: MIT
// covers: maps: key and value sizes without types
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 5);
	__uint(key_size, 12);
	__uint(value_size, 40);
} sizes SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	char key[12] = {};

	bpf_map_delete_elem(&sizes, key);
	return 0;
}
