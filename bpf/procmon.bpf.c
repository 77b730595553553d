// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every task that is forked and every task that exits. A task is what the scheduler knows: a process, or one of its
 * threads, which the tracepoints do not tell apart. Needs Linux 5.8, the first one with BPF ring buffers.
 *
 * The record of tracepoint sched_process_fork has two layouts, and this object reads both: see child_comm below.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/*
 * include/trace/events/sched.h. Until Linux 6.15 the name is an array in the record. From 6.16 on it is a dynamic array: the
 * record has a word, of which the low 16 bits are the offset of the text from the start of the record, the high 16 its length.
 * No kernel has both members.
 */
struct trace_event_raw_sched_process_fork {
	char child_comm[COMM_SIZE];
	unsigned int __data_loc_child_comm;
	int child_pid;
};

#pragma clang attribute pop

/* The names are what user space prints: BTF has them. */
enum process_event {
	F,
	E,
};

struct event {
	enum process_event event;
	/* Of the task: of a thread that is not the first of its process, its own. */
	int pid;
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

static __always_inline void report(enum process_event kind, int pid, const char *comm)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return;
	}
	event->event = kind;
	event->pid = pid;
	__builtin_memcpy(event->comm, comm, COMM_SIZE);
	bpf_ringbuf_submit(event, 0);
}

/*
 * Once the object is relocated bpf_core_field_exists() is a constant: the verifier sees one of the two reads only, and never
 * the one of a member that this kernel does not have.
 */
static __always_inline const char *child_comm(struct trace_event_raw_sched_process_fork *ctx)
{
	if (bpf_core_field_exists(ctx->child_comm))
		return ctx->child_comm;
	return (const char *)ctx + (ctx->__data_loc_child_comm & 0xffff);
}

/* Runs in the parent. The child still has its parent's name. */
SEC("tp/sched/sched_process_fork")
int handle_fork(struct trace_event_raw_sched_process_fork *ctx)
{
	char comm[COMM_SIZE] = {};

	if (!passes_pid(bpf_get_current_pid_tgid() >> 32))
		return 0;
	bpf_probe_read_kernel_str(comm, sizeof(comm), child_comm(ctx));
	if (passes_comm(comm))
		report(F, ctx->child_pid, comm);
	return 0;
}

/* Runs in the task that ends. */
SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx __attribute__((unused)))
{
	char comm[COMM_SIZE] = {};

	if (!passes_pid(bpf_get_current_pid_tgid() >> 32))
		return 0;
	bpf_get_current_comm(comm, sizeof(comm));
	if (passes_comm(comm))
		report(E, (int)bpf_get_current_pid_tgid(), comm);
	return 0;
}
