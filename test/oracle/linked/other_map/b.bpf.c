// SPDX-License-Identifier: MIT
#include "minimal.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

SEC("socket")
int second(void *ctx)
{
	int key = 0;

	return bpf_map_lookup_elem(&counts, &key) != 0;
}
