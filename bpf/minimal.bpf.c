// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * The smallest object that does something: it prints into the kernel's trace whenever one process writes to standard error.
 * Proves that an object is loaded, that a global variable is shared with user space (.bss, Linux 5.2), and that a program is
 * attached and runs.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "syscall.h"

/* bpf_printk() is for GPL-compatible programs only. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define STANDARD_ERROR 2

/* .bss, which user space maps: it stores the number there once the object is loaded. 0 is no process's. */
int my_pid;

SEC("tp/syscalls/sys_enter_write")
int handle_write(struct syscall_trace_enter *ctx)
{
	int pid = bpf_get_current_pid_tgid() >> 32;

	/*
	 * What is printed here, user space reads and writes to standard output. If that were seen too, it would be printed here, read,
	 * and written, without end.
	 */
	if (pid == my_pid && ctx->args[0] == STANDARD_ERROR)
		bpf_printk("minimal: process %d writes to standard error", pid);
	return 0;
}
