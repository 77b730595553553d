// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * How long tasks wait for a processor: from when they become able to run, because something woke them or another task took
 * their place, until they run. Needs Linux 5.5, the first one with raw tracepoints whose arguments have BTF's types.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "counting.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int pid;
	int tgid;
	unsigned int __state;
	char comm[COMM_SIZE];
};

/* What __state was until Linux 5.14. */
struct task_struct___before_5_14 {
	long state;
};

#pragma clang attribute pop

/* A macro of include/linux/sched.h. */
#define TASK_RUNNING 0

/* When tasks became able to run, by their ids. They have to run before they can end, so that none is left. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, int);
	__type(value, unsigned long long);
} waiting SEC(".maps");

/* By the id of the process, or all under 0. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, int);
	__type(value, struct histogram);
} histograms SEC(".maps");

const volatile bool by_process = false;
const volatile bool milliseconds = false;

static __always_inline bool passes(struct task_struct *task)
{
	char comm[COMM_SIZE];

	if (!passes_pid(task->tgid))
		return false;
	if (filter_comm[0] == '\0')
		return true;
	bpf_probe_read_kernel_str(&comm, sizeof(comm), task->comm);
	return passes_comm(comm);
}

static __always_inline void start_waiting(struct task_struct *task)
{
	unsigned long long now = bpf_ktime_get_ns();
	int pid = task->pid;

	/* The idle task of each processor is 0. It never waits. */
	if (pid == 0 || !passes(task))
		return;
	if (bpf_map_update_elem(&waiting, &pid, &now, BPF_ANY))
		__sync_fetch_and_add(&lost_counts, 1);
}

static __always_inline bool can_run(struct task_struct *task)
{
	struct task_struct___before_5_14 *older = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return task->__state == TASK_RUNNING;
	return older->state == TASK_RUNNING;
}

SEC("tp_btf/sched_wakeup")
int handle_wakeup(unsigned long long *args)
{
	start_waiting((void *)args[0]);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int handle_wakeup_new(unsigned long long *args)
{
	start_waiting((void *)args[0]);
	return 0;
}

SEC("tp_btf/sched_switch")
int handle_switch(unsigned long long *args)
{
	struct task_struct *previous = (void *)args[1];
	struct task_struct *next = (void *)args[2];
	struct histogram *histogram;
	unsigned long long *since;
	unsigned long long waited;
	int pid = next->pid;
	int key = by_process ? next->tgid : 0;

	/* It would go on if it could. */
	if (can_run(previous))
		start_waiting(previous);

	since = bpf_map_lookup_elem(&waiting, &pid);
	if (!since)
		return 0;
	waited = (bpf_ktime_get_ns() - *since) / (milliseconds ? 1000000 : 1000);
	bpf_map_delete_elem(&waiting, &pid);
	histogram = count_value(&histograms, &key, waited);
	if (histogram && by_process)
		bpf_probe_read_kernel_str(&histogram->comm, sizeof(histogram->comm), next->comm);
	return 0;
}
