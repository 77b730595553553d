// SPDX-License-Identifier: MIT
// covers: linking: an extern map before its definition
// expect: rawbpf: libbpf leaves the map's place in BTF where the extern was, and fills maps before all are created
// load: none
// clang: 19
#include "minimal.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

extern struct inner inner_b SEC(".maps");
struct inner inner_a SEC(".maps");

int second(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, int);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { &inner_a, 0, &inner_b },
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, void (void));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&second },
};

SEC("socket")
int first(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return 0;
}
