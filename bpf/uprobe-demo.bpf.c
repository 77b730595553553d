// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Watches a function of a user-space program or library, where it begins (uprobe) and where it returns (uretprobe). Proves that
 * the function is found by its name in the file's symbols, and that its arguments and its result are in the registers where
 * the calling convention has them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/*
 * Where the first two arguments and the result are on each architecture (System V ABI; AAPCS64). PT_REGS_PARM1() and its like of
 * libbpf decide that when they are compiled. This object is for both: the kernel's types tell which registers there are.
 */
struct pt_regs___x64 {
	unsigned long di;
	unsigned long si;
	unsigned long ax;
};

struct pt_regs___arm64 {
	unsigned long long regs[31];
};

#pragma clang attribute pop

/* The names are what user space prints: BTF has them. */
enum place {
	enter,
	leave,
};

/* Numbers as C's int: what a function that takes others has in the upper half of a register is left out. */
struct event {
	int pid;
	enum place place;
	int first;
	int second;
	int result;
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

static __always_inline int report(const struct event *values)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	*event = *values;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("uprobe")
int enter_function(void *ctx)
{
	struct pt_regs___x64 *x64 = ctx;
	struct pt_regs___arm64 *arm64 = ctx;
	struct event values = { .place = enter };

	if (bpf_core_field_exists(x64->di)) {
		values.first = BPF_CORE_READ(x64, di);
		values.second = BPF_CORE_READ(x64, si);
	} else {
		values.first = BPF_CORE_READ(arm64, regs[0]);
		values.second = BPF_CORE_READ(arm64, regs[1]);
	}
	return report(&values);
}

SEC("uretprobe")
int leave_function(void *ctx)
{
	struct pt_regs___x64 *x64 = ctx;
	struct pt_regs___arm64 *arm64 = ctx;
	struct event values = { .place = leave };

	if (bpf_core_field_exists(x64->ax))
		values.result = BPF_CORE_READ(x64, ax);
	else
		values.result = BPF_CORE_READ(arm64, regs[0]);
	return report(&values);
}
