// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every process that starts a program and every process that ends.
 *
 * Two programs run on two tracepoints of the scheduler. handle_exec() notes in a hash map when the process
 * called exec(2), handle_exit() finds that time again and has the lifetime. What they have to say goes to
 * user space through a ring buffer, one struct event at a time. This file needs Linux 5.8, the first one
 * with BPF ring buffers.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "kernel_types.h"
#include "bootstrap.h"

/* The kernel lets only GPL-compatible programs call bpf_probe_read_kernel() and its kind. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * When each process last called exec(2), in nanoseconds of CLOCK_MONOTONIC. A process that does not fit in
 * is shown without a duration when it ends, as are those that forked and never called exec, and those that
 * are older than us.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, int);
	__type(value, unsigned long long);
} exec_start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} rb SEC(".maps");

/*
 * Not 0: show only the ends of processes that lived at least this long. User space sets it before it loads
 * the object; then it is frozen, and the verifier removes the branches that it rules out. volatile keeps
 * clang from doing so with the 0 that stands here.
 */
const volatile unsigned long long min_duration_ns = 0;

/* Records that found the ring buffer full. User space reads the count when it is done. */
unsigned long long lost_records;

/*
 * clang describes in BTF only what a map or a global variable refers to, and a ring buffer has no value
 * type. This pointer is never used; by it, readers of the object find out what a record looks like.
 */
const struct event *unused_event __attribute__((unused));

/*
 * A record with what both kinds of event say about the process. The ring buffer hands out memory as its last
 * user left it: all of it is cleared, so that no byte behind a string's NUL shows anybody something old.
 * That is 21 stores to cache lines that are written anyway.
 */
static __always_inline struct event *reserve_event(enum event_kind kind, struct task_struct *leader)
{
	struct event *event = bpf_ringbuf_reserve(&rb, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));

	event->kind = kind;
	event->pid = BPF_CORE_READ(leader, tgid);
	/* Not `parent`, which is the debugger's while one traces the process. */
	event->ppid = BPF_CORE_READ(leader, real_parent, tgid);
	BPF_CORE_READ_STR_INTO(&event->comm, leader, comm);
	return event;
}

/*
 * Does the process end with this thread? The last thread takes it along, which need not be the leader:
 * main() may leave through pthread_exit(3) and its threads go on, and where another thread calls exec(2),
 * the leader dies and the process lives. From Linux 6.16 on the tracepoint tells. Before, the leader's end
 * is the best guess: counting the threads that are left (signal->live) would show the process twice when its
 * last two end at once.
 *
 * bpf_core_field_exists() is a constant once the object is relocated: the verifier sees one of the two
 * returns only, and never the access to a member that this kernel does not have.
 */
static __always_inline bool is_process_end(struct trace_event_raw_sched_process_exit *ctx)
{
	unsigned long long pid_tgid = bpf_get_current_pid_tgid();

	if (bpf_core_field_exists(ctx->group_dead))
		return ctx->group_dead;
	return (unsigned int)(pid_tgid >> 32) == (unsigned int)pid_tgid;
}

/*
 * The status that the parent gets from wait(2), by the rule of wait_task_zombie() in kernel/exit.c: after
 * exit_group(2) and after a fatal signal, all threads share one.
 */
static __always_inline int wait_status(struct task_struct *leader)
{
	if (BPF_CORE_READ(leader, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(leader, signal, group_exit_code);
	return BPF_CORE_READ(leader, exit_code);
}

/*
 * This program comes first because loaders attach in the order of the object. Were it the other way round, a
 * process could come by handle_exec() and end before anybody watched the ends, and its start time would stay
 * in the map, for the next process of that pid.
 */
SEC("tp/sched/sched_process_exit")
int handle_exit(struct trace_event_raw_sched_process_exit *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	unsigned long long *start_ns, duration_ns = 0;
	struct task_struct *leader;
	struct event *event;
	bool seen;
	int status, pid;

	if (!is_process_end(ctx))
		return 0;

	pid = bpf_get_current_pid_tgid() >> 32;
	start_ns = bpf_map_lookup_elem(&exec_start, &pid);
	seen = start_ns != NULL;
	if (start_ns) {
		duration_ns = bpf_ktime_get_ns() - *start_ns;
		bpf_map_delete_elem(&exec_start, &pid);
	}

	/* Of a process whose start was not seen, nobody knows that it lived long enough. */
	if (min_duration_ns && (!seen || duration_ns < min_duration_ns))
		return 0;

	leader = BPF_CORE_READ(task, group_leader);
	event = reserve_event(EXIT, leader);
	if (!event)
		return 0;

	status = wait_status(leader);
	event->exit_code = (status >> 8) & 0xff;
	event->signal = status & 0x7f;
	event->has_duration = seen;
	event->duration_ns = duration_ns;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/*
 * Runs when exec(2) has succeeded. By then the calling thread is the only one and has become the leader,
 * whichever it was before (de_thread() in fs/exec.c). A process that calls exec again starts again.
 */
SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	unsigned long long now = bpf_ktime_get_ns();
	int pid = bpf_get_current_pid_tgid() >> 32;
	unsigned int filename_offset;
	struct event *event;

	bpf_map_update_elem(&exec_start, &pid, &now, BPF_ANY);

	/* How long the process is going to live, nobody knows yet. */
	if (min_duration_ns)
		return 0;

	event = reserve_event(EXEC, (void *)bpf_get_current_task());
	if (!event)
		return 0;

	/* A __data_loc is the offset of the string in the record (low 16 bits) and its length (high 16). */
	filename_offset = ctx->__data_loc_filename & 0xffff;
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename), (void *)ctx + filename_offset);
	bpf_ringbuf_submit(event, 0);
	return 0;
}
