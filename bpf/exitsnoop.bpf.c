// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every process that ends: how, and how long after it was started. Threads that end alone are none of its
 * business. Needs Linux 5.8, the first one with BPF ring buffers.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct signal_struct {
	unsigned int flags;
	int group_exit_code;
};

/* start_time counts from boot without the time of suspend, as bpf_ktime_get_ns() does. */
struct task_struct {
	int tgid;
	int exit_code;
	unsigned long long start_time;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	char comm[COMM_SIZE];
};

/* The same start by the clock that goes on while the machine sleeps; until Linux 5.5 it was called real_start_time. */
struct task_struct___boottime {
	unsigned long long start_boottime;
	unsigned long long real_start_time;
};

/* The tracepoint has a structure of its own, and group_dead in it, since Linux 6.16. */
struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

#pragma clang attribute pop

/* BTF knows no macros. The value is the one of all kernels since 4.11; include/linux/sched/signal.h. */
#define SIGNAL_GROUP_EXIT 0x00000004

struct event {
	/* From the start of the process to its end. */
	unsigned long long lifetime_ns;
	int pid;
	int ppid;
	/* What the process passed to exit(3), 0 to 255; 0 if a signal ended it. */
	int exit_code;
	/* The signal that ended it, or 0. */
	int signal;
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

const volatile bool failed_only = false;

/*
 * Does the process end with this thread? The last one takes it along, which need not be the leader. From Linux 6.16 on
 * the tracepoint tells; before, the leader's end is the best guess.
 */
static __always_inline bool is_process_end(struct trace_event_raw_sched_process_exit *ctx)
{
	unsigned long long pid_tgid = bpf_get_current_pid_tgid();

	if (bpf_core_field_exists(ctx->group_dead))
		return ctx->group_dead;
	return (unsigned int)(pid_tgid >> 32) == (unsigned int)pid_tgid;
}

/* What the parent gets from wait(2): after exit_group(2) and after a fatal signal all threads share one status. */
static __always_inline int wait_status(struct task_struct *leader)
{
	if (BPF_CORE_READ(leader, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(leader, signal, group_exit_code);
	return BPF_CORE_READ(leader, exit_code);
}

static __always_inline unsigned long long lifetime_of(struct task_struct *leader)
{
	struct task_struct___boottime *other = (void *)leader;

	if (bpf_core_field_exists(leader->start_time))
		return bpf_ktime_get_ns() - BPF_CORE_READ(leader, start_time);
	if (bpf_core_field_exists(other->start_boottime))
		return bpf_ktime_get_boot_ns() - BPF_CORE_READ(other, start_boottime);
	return bpf_ktime_get_boot_ns() - BPF_CORE_READ(other, real_start_time);
}

SEC("tp/sched/sched_process_exit")
int handle_exit(struct trace_event_raw_sched_process_exit *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *leader;
	char comm[COMM_SIZE] = {};
	struct event *event;
	int status;

	if (!is_process_end(ctx) || !passes_pid(bpf_get_current_pid_tgid() >> 32))
		return 0;
	/* The last thread to end may have a name of its own. */
	leader = BPF_CORE_READ(task, group_leader);
	BPF_CORE_READ_STR_INTO(&comm, leader, comm);
	if (!passes_comm(comm))
		return 0;
	status = wait_status(leader);
	if (failed_only && status == 0)
		return 0;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	event->lifetime_ns = lifetime_of(leader);
	event->pid = BPF_CORE_READ(leader, tgid);
	event->ppid = BPF_CORE_READ(leader, real_parent, tgid);
	event->exit_code = (status >> 8) & 0xff;
	event->signal = status & 0x7f;
	__builtin_memcpy(event->comm, comm, sizeof(comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}
