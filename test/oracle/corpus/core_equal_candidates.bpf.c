// SPDX-License-Identifier: MIT
// covers: core: several equal candidates
// covers: core: candidates narrowed by an earlier relocation of the same type
// clang: 14
#include "minimal.h"

/* This kernel has two structs of this name, for the entry and the exit of system calls. They begin alike. */
struct syscall_tp_t {
	int syscall_nr;
	unsigned long args[6];
} __attribute__((preserve_access_index));

SEC("raw_tp/sched_process_exit")
int equal(void *ctx)
{
	struct syscall_tp_t *tp = ctx;
	int nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr), &tp->syscall_nr);
	return nr;
}

/* Only the one for the entry has arguments; its size is asked for afterwards, when the other is out. */
struct syscall_tp_t___entry {
	int syscall_nr;
	unsigned long args[6];
} __attribute__((preserve_access_index));

SEC("raw_tp/sched_process_exec")
int narrowed(void *ctx)
{
	struct syscall_tp_t___entry *tp = ctx;
	unsigned long arg = 0;

	bpf_probe_read_kernel(&arg, sizeof(arg), &tp->args[1]);
	return arg + bpf_core_type_size(struct syscall_tp_t___entry);
}
