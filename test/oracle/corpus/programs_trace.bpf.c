// SPDX-License-Identifier: MIT
// covers: programs: kprobe, uprobe, tracepoint, raw tracepoint, perf_event
#include "minimal.h"

SEC("kprobe/do_exit")
int p0(void *ctx)
{
	return 0;
}

SEC("kretprobe/do_exit")
int p1(void *ctx)
{
	return 0;
}

SEC("kprobe.multi/do_*")
int p2(void *ctx)
{
	return 0;
}

SEC("kretprobe.multi/do_*")
int p3(void *ctx)
{
	return 0;
}

SEC("kprobe.session/do_*")
int p4(void *ctx)
{
	return 0;
}

SEC("ksyscall/openat")
int p5(void *ctx)
{
	return 0;
}

SEC("kretsyscall/openat")
int p6(void *ctx)
{
	return 0;
}

SEC("uprobe//proc/self/exe:main")
int p7(void *ctx)
{
	return 0;
}

SEC("uprobe.s//proc/self/exe:main")
int p8(void *ctx)
{
	return 0;
}

SEC("uretprobe")
int p9(void *ctx)
{
	return 0;
}

SEC("usdt")
int p10(void *ctx)
{
	return 0;
}

SEC("uprobe.multi")
int p11(void *ctx)
{
	return 0;
}

SEC("tp/sched/sched_process_exec")
int p12(void *ctx)
{
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int p13(void *ctx)
{
	return 0;
}

SEC("raw_tp/sched_process_exec")
int p14(void *ctx)
{
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int p15(void *ctx)
{
	return 0;
}

SEC("raw_tp.w/sys_enter")
int p16(void *ctx)
{
	return 0;
}

SEC("perf_event")
int p17(void *ctx)
{
	return 0;
}
