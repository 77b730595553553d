// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Where processes spend their time, by stacks: on a processor, sampled so many times a second on each; or off it, measured
 * from the moment when a task leaves a processor until it gets one again. Needs Linux 5.5, the first one with raw tracepoints
 * whose arguments have BTF's types.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "counting.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int pid;
	unsigned int __state;
};

/* What __state was until Linux 5.14. */
struct task_struct___before_5_14 {
	long state;
};

#pragma clang attribute pop

/* Of a task that has ended and leaves its processor for the last time; a macro of include/linux/sched.h. */
#define TASK_DEAD 0x0080

/* Functions of a stack: the kernel takes no more unless sysctl kernel.perf_event_max_stack says so. */
#define MAX_DEPTH 127

struct place {
	int pid;
	/* Ids in `stacks`, or a negative errno: -EFAULT where there is no such stack, -EEXIST where there was no room for it. */
	int user_stack;
	int kernel_stack;
	char comm[COMM_SIZE];
};

struct departure {
	unsigned long long ns;
	struct place place;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 32768);
	__uint(key_size, sizeof(unsigned int));
	__uint(value_size, MAX_DEPTH * sizeof(unsigned long long));
} stacks SEC(".maps");

/* Samples, or nanoseconds off a processor. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct place);
	__type(value, unsigned long long);
} counts SEC(".maps");

/* Who is off, by the id of the task. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, int);
	__type(value, struct departure);
} departures SEC(".maps");

/* The process that makes the profile is not in it. */
const volatile int own_pid = 0;

/* Where the task is that runs now. */
static __always_inline void find_place(void *ctx, struct place *place)
{
	place->pid = bpf_get_current_pid_tgid() >> 32;
	place->user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	place->kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_current_comm(&place->comm, sizeof(place->comm));
}

static __always_inline void add(const struct place *place, unsigned long long amount)
{
	unsigned long long initial = 0;
	unsigned long long *count = entry_of(&counts, place, &initial);

	if (count)
		__sync_fetch_and_add(count, amount);
}

/* Process 0 is nobody: the processor idles. */
static __always_inline bool is_wanted(void)
{
	int pid = bpf_get_current_pid_tgid() >> 32;

	return pid != 0 && pid != own_pid && passes_filters();
}

SEC("perf_event")
int on_cpu(void *ctx)
{
	struct place place = {};

	if (!is_wanted())
		return 0;
	find_place(ctx, &place);
	add(&place, 1);
	return 0;
}

static __always_inline bool is_dead(struct task_struct *task)
{
	struct task_struct___before_5_14 *older = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return task->__state & TASK_DEAD;
	return older->state & TASK_DEAD;
}

SEC("tp_btf/sched_switch")
int off_cpu(unsigned long long *args)
{
	struct task_struct *previous = (void *)args[1];
	struct task_struct *next = (void *)args[2];
	struct departure departure = {};
	struct departure *found;
	int pid = previous->pid;

	/* The previous one is still the current one. */
	if (is_wanted() && !is_dead(previous)) {
		departure.ns = bpf_ktime_get_ns();
		find_place(args, &departure.place);
		if (bpf_map_update_elem(&departures, &pid, &departure, BPF_ANY))
			__sync_fetch_and_add(&lost_counts, 1);
	}

	pid = next->pid;
	found = bpf_map_lookup_elem(&departures, &pid);
	if (!found)
		return 0;
	add(&found->place, bpf_ktime_get_ns() - found->ns);
	bpf_map_delete_elem(&departures, &pid);
	return 0;
}
