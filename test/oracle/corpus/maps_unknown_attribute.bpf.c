// SPDX-License-Identifier: MIT
// covers: maps: an unknown attribute is refused
// expect: fails
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(no_such_thing, 4);
	__type(key, int);
	__type(value, long);
} odd SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	int key = 0;

	bpf_map_lookup_elem(&odd, &key);
	return 0;
}
