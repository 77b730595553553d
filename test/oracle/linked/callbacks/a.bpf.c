// SPDX-License-Identifier: MIT
// covers: linking: static callbacks in .text of both objects
#include "minimal.h"

long sum;
extern long product;

static int step(__u32 index, void *ctx)
{
	sum += index;
	return 0;
}

static int other_step(__u32 index, void *ctx)
{
	product += index;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int first(void *ctx)
{
	bpf_loop(10, step, 0, 0);
	bpf_loop(10, other_step, 0, 0);
	return 0;
}
