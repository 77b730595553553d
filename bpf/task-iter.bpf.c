// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Goes through all tasks of the kernel and writes what it finds for user space to read, like a file of /proc that did not exist before.
 * Proves that an iterator visits each of the kernel's objects in its own place, with typed pointers, and that it runs when it is read and
 * at no other time: nothing is attached to any event. Needs Linux 5.9, the first one with bpf_get_task_stack().
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"

#define MAX_FRAMES 20

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int pid;
	int tgid;
	/* Bits of include/linux/sched.h. */
	unsigned int __state;
	int exit_state;
	char comm[COMM_SIZE];
};

/* Until Linux 5.13 the state had another name and type. */
struct task_struct___until_5_13 {
	long state;
};

struct seq_file;

/* kernel/bpf/task_iter.c and bpf_iter.h: what the program is called with, once for each task, and once with none at the end. */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

struct task {
	int pid;
	int tid;
	unsigned int state;
	unsigned int exit_state;
	/* How many of `frames` there are; none of a task that runs. */
	unsigned int depth;
	char comm[COMM_SIZE];
	/* Addresses in the kernel, from the innermost call on. */
	unsigned long long frames[MAX_FRAMES];
};

/* clang describes in BTF what a variable refers to; by this user space knows what a record looks like. */
const struct task *unused_task __attribute__((unused));

static __always_inline unsigned int state_of(struct task_struct *task)
{
	struct task_struct___until_5_13 *older = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return BPF_CORE_READ(older, state);
}

SEC("iter/task")
int dump_task(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct task record = {};
	long size;

	if (!task || !passes_pid(task->tgid))
		return 0;
	bpf_probe_read_kernel_str(record.comm, sizeof(record.comm), task->comm);
	if (!passes_comm(record.comm))
		return 0;
	record.pid = task->tgid;
	record.tid = task->pid;
	record.state = state_of(task);
	record.exit_state = task->exit_state;
	size = bpf_get_task_stack(task, record.frames, sizeof(record.frames), 0);
	record.depth = size > 0 ? size / sizeof(record.frames[0]) : 0;
	/* Where the buffer is full the kernel calls this program once more for the same task, and user space gets one record of it. */
	bpf_seq_write(seq, &record, sizeof(record));
	return 0;
}
