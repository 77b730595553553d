/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * What a program of the tracepoints syscalls/sys_enter_NAME and syscalls/sys_exit_NAME gets (kernel/trace/trace_syscalls.c,
 * perf_call_bpf_enter() and perf_call_bpf_exit(), Linux 6.18). System calls of 32-bit programs on a 64-bit kernel do not come by.
 */
#ifndef RAWBPF_SYSCALL_H
#define RAWBPF_SYSCALL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* All arguments have 64 bits, whatever type the system call gives them. */
struct syscall_trace_enter {
	unsigned long args[6];
};

/* A negative errno where the call failed. */
struct syscall_trace_exit {
	long ret;
};

#pragma clang attribute pop

#endif
