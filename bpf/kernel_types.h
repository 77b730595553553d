/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * The kernel's structures, as far as our programs look into them.
 *
 * `bpftool btf dump file /sys/kernel/btf/vmlinux format c` writes all of a kernel's types into one
 * vmlinux.h, three megabytes for one configuration of one version. We do not need it: under CO-RE a
 * structure here is a question, not a layout. preserve_access_index makes clang record each access by the
 * names of the type and its members, and the loader asks the running kernel's BTF where that member is. So a
 * declaration lists the members that we use, in any order, with nothing in between, and a member may be one
 * that only some kernels have.
 */
#ifndef RAWBPF_KERNEL_TYPES_H
#define RAWBPF_KERNEL_TYPES_H

#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/sched/signal.h: what the threads of a process share. */
struct signal_struct {
	unsigned int flags;
	int group_exit_code;
};

/* BTF knows no macros. The value is the one of all kernels since 4.11; include/linux/sched/signal.h. */
#define SIGNAL_GROUP_EXIT 0x00000004

/* include/linux/sched.h: one thread. The leader of a process is the thread whose pid is the tgid of all. */
struct task_struct {
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	char comm[16];
};

/* include/trace/events/sched.h: the records of the two tracepoints; TRACE_EVENT() makes these structures. */

struct trace_event_raw_sched_process_exec {
	unsigned int __data_loc_filename;
};

/* The tracepoint has a structure of its own, and group_dead in it, since Linux 6.16. */
struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

#pragma clang attribute pop

#endif
