// SPDX-License-Identifier: MIT
// covers: maps: __ulong map_extra
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__ulong(map_extra, 3);
	__uint(value_size, 8);
} bloom SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	return 0;
}
