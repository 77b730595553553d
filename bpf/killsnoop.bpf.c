// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every kill(2), tkill(2) and tgkill(2): who signals whom, and whether the kernel did it. What it does not see: signals
 * that the kernel itself sends, such as SIGINT of a terminal, and those of pidfd_send_signal(2) and rt_sigqueueinfo(2). Needs
 * Linux 5.8, the first one with BPF ring buffers.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "syscall.h"

/* The names are what user space prints: BTF has them. */
enum syscall_name {
	kill,
	tkill,
	tgkill,
};

struct event {
	int pid;
	enum syscall_name syscall;
	/* 0 asks whether the target is there. */
	int signal;
	/* Of kill(2): a process; 0, -1 and -n are groups of them. Of the others: a thread. */
	int target;
	/* 0, or a negative errno. */
	int ret;
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/* A call that has begun. */
struct call {
	enum syscall_name syscall;
	int target;
	int signal;
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, unsigned int);
	__type(value, struct call);
} calls SEC(".maps");

const volatile bool failed_only = false;
/* -1 stands for all; 0 is one. */
const volatile int filter_signal = -1;

static __always_inline int begin(enum syscall_name syscall, int target, int signal)
{
	struct call call = { .syscall = syscall, .target = target, .signal = signal };
	unsigned int tid = bpf_get_current_pid_tgid();

	if (filter_signal != -1 && filter_signal != signal)
		return 0;
	if (passes_filters() && bpf_map_update_elem(&calls, &tid, &call, BPF_ANY))
		__sync_fetch_and_add(&lost_records, 1);
	return 0;
}

static __always_inline void report(const struct call *call, long ret)
{
	struct event *event;

	if (failed_only && ret >= 0)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->syscall = call->syscall;
	event->signal = call->signal;
	event->target = call->target;
	event->ret = ret;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
}

/* A thread that signals itself to death still comes by here before it dies. */
static __always_inline int end(long ret)
{
	unsigned int tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tid);

	if (!call)
		return 0;
	report(call, ret);
	bpf_map_delete_elem(&calls, &tid);
	return 0;
}

SEC("tp/syscalls/sys_enter_kill")
int enter_kill(struct syscall_trace_enter *ctx)
{
	return begin(kill, ctx->args[0], ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_kill")
int exit_kill(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

SEC("tp/syscalls/sys_enter_tkill")
int enter_tkill(struct syscall_trace_enter *ctx)
{
	return begin(tkill, ctx->args[0], ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_tkill")
int exit_tkill(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

/* tgkill(process, thread, signal). */
SEC("tp/syscalls/sys_enter_tgkill")
int enter_tgkill(struct syscall_trace_enter *ctx)
{
	return begin(tgkill, ctx->args[1], ctx->args[2]);
}

SEC("tp/syscalls/sys_exit_tgkill")
int exit_tgkill(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}
