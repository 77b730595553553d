// SPDX-License-Identifier: MIT
// covers: maps: prog array with initial values
#include "minimal.h"

int tail(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	__array(values, int(void *));
} calls SEC(".maps") = {
	.values = { [1] = (void *)&tail },
};

SEC("socket")
int tail(void *ctx)
{
	return 3;
}

SEC("socket")
int use(void *ctx)
{
	bpf_tail_call(ctx, &calls, 1);
	return 0;
}
