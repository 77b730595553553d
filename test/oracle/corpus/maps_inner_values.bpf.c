// SPDX-License-Identifier: MIT
// covers: maps: map-in-map with initial values
#include "minimal.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, int);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { &inner_a, 0, &inner_b },
};

SEC("socket")
int use(void *ctx)
{
	return 0;
}
