// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Counts system calls, by the call or by the process. Where nothing but the number of calls is asked for, one program at
 * their start does it; what they return and how long they take is known at their end, and three programs share that.
 * Needs Linux 5.5, the first one with bpf_probe_read_kernel().
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "counting.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* status is a member on x86 alone. */
struct thread_info {
	unsigned long flags;
	unsigned int status;
};

struct task_struct {
	struct thread_info thread_info;
};

#pragma clang attribute pop

/* How a call of a 32-bit program is marked; macros of arch/x86 and arch/arm64, include/asm/thread_info.h, Linux 5.10 to 7.2. */
#define X86_TS_COMPAT 0x0002
#define ARM64_TIF_32BIT (1 << 22)

/* Added to the number of such a call, which is one of another table. */
#define COMPAT_CALL 0x80000000

/* The largest errno that a call can return: MAX_ERRNO of include/linux/err.h. */
#define MAX_ERRNO 4095

struct count {
	unsigned long long calls;
	/* 0 unless their ends are seen. */
	unsigned long long total_ns;
	/* Of the first one. */
	char comm[COMM_SIZE];
};

struct call {
	unsigned long long start_ns;
	unsigned int number;
};

/* By the number of the call, or the id of the process. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, unsigned int);
	__type(value, struct count);
} counts SEC(".maps");

/* Calls that have not returned, by the address of the task: its id changes where another thread than the first calls exec. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, unsigned long long);
	__type(value, struct call);
} calls SEC(".maps");

const volatile bool by_process = false;
const volatile bool failed_only = false;
const volatile int only_errno = 0;

/* 32-bit programs, and int 0x80 of others, call by the numbers of another table. */
static __always_inline unsigned int table_of_call(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	bool is_compat;

	if (bpf_core_field_exists(task->thread_info.status))
		is_compat = BPF_CORE_READ(task, thread_info.status) & X86_TS_COMPAT;
	else
		is_compat = BPF_CORE_READ(task, thread_info.flags) & ARM64_TIF_32BIT;
	return is_compat ? COMPAT_CALL : 0;
}

static __always_inline void count(unsigned int number, unsigned long long ns)
{
	unsigned int key = by_process ? bpf_get_current_pid_tgid() >> 32 : number;
	struct count initial = {};
	struct count *count;

	if (by_process)
		bpf_get_current_comm(&initial.comm, sizeof(initial.comm));
	count = entry_of(&counts, &key, &initial);
	if (!count)
		return;
	__sync_fetch_and_add(&count->calls, 1);
	if (ns)
		__sync_fetch_and_add(&count->total_ns, ns);
}

SEC("raw_tp/sys_enter")
int count_call(struct bpf_raw_tracepoint_args *ctx)
{
	if (passes_filters())
		count(ctx->args[1] | table_of_call(), 0);
	return 0;
}

/* Is kept at the start, since not all know their number at the end: rt_sigreturn restores the registers of another one. */
SEC("?raw_tp/sys_enter")
int start_call(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned long long task = bpf_get_current_task();
	struct call call = {};

	if (!passes_filters())
		return 0;
	call.start_ns = bpf_ktime_get_ns();
	call.number = ctx->args[1] | table_of_call();
	if (bpf_map_update_elem(&calls, &task, &call, BPF_ANY))
		__sync_fetch_and_add(&lost_counts, 1);
	return 0;
}

SEC("?raw_tp/sys_exit")
int end_call(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned long long task = bpf_get_current_task();
	long result = ctx->args[1];
	struct call *call = bpf_map_lookup_elem(&calls, &task);
	bool failed = result < 0 && result >= -MAX_ERRNO;

	if (!call)
		return 0;
	if ((failed || !failed_only) && (!only_errno || result == -only_errno))
		count(call->number, bpf_ktime_get_ns() - call->start_ns);
	bpf_map_delete_elem(&calls, &task);
	return 0;
}

/* exit(2) does not return. */
SEC("?raw_tp/sched_process_exit")
int forget_task(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned long long task = ctx->args[0];

	bpf_map_delete_elem(&calls, &task);
	return 0;
}
