// SPDX-License-Identifier: MIT
// covers: linking: a map with other attributes is refused
// expect: fails
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

SEC("socket")
int first(void *ctx)
{
	int key = 0;

	return bpf_map_lookup_elem(&counts, &key) != 0;
}
