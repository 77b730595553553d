// SPDX-License-Identifier: MIT
// covers: functions: the address of a hidden global function that is not first in its section
#include "minimal.h"

long sum;

__noinline int before(int x)
{
	return x + sum;
}

__hidden __noinline int step(__u32 index, void *ctx)
{
	sum += index;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	bpf_loop(10, step, 0, 0);
	return before(3);
}
