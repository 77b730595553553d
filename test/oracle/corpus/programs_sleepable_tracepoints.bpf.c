// SPDX-License-Identifier: MIT
// covers: programs: tracepoints that sleep
// expect: alike: kernels up to 6.18 know none
#include "minimal.h"

SEC("tp.s/sched/sched_switch")
int p0(void *ctx)
{
	return 0;
}

SEC("tracepoint.s/sched/sched_switch")
int p1(void *ctx)
{
	return 0;
}

SEC("raw_tp.s/sched_switch")
int p2(void *ctx)
{
	return 0;
}

SEC("raw_tracepoint.s/sched_switch")
int p3(void *ctx)
{
	return 0;
}

SEC("tp_btf.s/sched_switch")
int p4(void *ctx)
{
	return 0;
}
