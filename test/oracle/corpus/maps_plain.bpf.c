// SPDX-License-Identifier: MIT
// covers: maps: __uint and __type
// covers: maps: several maps, also one that no program uses
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, int);
	__type(value, long);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, int);
	__type(value, long);
} unused SEC(".maps");

SEC("socket")
int count(void *ctx)
{
	int key = 1;
	long *value = bpf_map_lookup_elem(&hash, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	return 0;
}
