// SPDX-License-Identifier: MIT
// covers: maps: map-in-map with an inner definition
#include "minimal.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct inner);
} outer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__type(key, int);
		__type(value, int);
	});
} outer_hash SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	int key = 0;
	void *inner = bpf_map_lookup_elem(&outer, &key);

	if (inner)
		bpf_map_lookup_elem(inner, &key);
	return 0;
}
