// SPDX-License-Identifier: MIT
// covers: maps: map_flags
// covers: maps: map_extra
// covers: maps: numa_node
// covers: maps: __ulong
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 5);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	__type(key, int);
	__type(value, int);
} flags SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__uint(map_extra, 7);
	__uint(value_size, 8);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, int);
	__type(value, int);
} numa SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	return 0;
}
