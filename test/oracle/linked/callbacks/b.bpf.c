// SPDX-License-Identifier: MIT
#include "minimal.h"

long product = 1;

static int unused_before(__u32 index, void *ctx)
{
	product += 2;
	return 0;
}

static int step(__u32 index, void *ctx)
{
	product *= index;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int second(void *ctx)
{
	bpf_loop(3, unused_before, 0, 0);
	bpf_loop(5, step, 0, 0);
	return 0;
}
