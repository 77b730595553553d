// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * The same as minimal.bpf.c for a process in a container, which does not know its pid outside: bpf_get_current_pid_tgid() gives the pid
 * of the first pid namespace, and bpf_get_ns_current_pid_tgid() (Linux 5.7) the one in a namespace that is asked for. Proves that the
 * two differ, and that the process is found by the pid that it has for itself.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define STANDARD_ERROR 2

int my_pid;

/* The pid namespace: the device and inode number of its file /proc/PID/ns/pid. */
const volatile unsigned long long device = 0;
const volatile unsigned long long inode = 0;

SEC("tp/syscalls/sys_enter_write")
int handle_write(struct syscall_trace_enter *ctx)
{
	struct bpf_pidns_info here;

	if (ctx->args[0] != STANDARD_ERROR)
		return 0;
	/* Fails for processes that are in another namespace. */
	if (bpf_get_ns_current_pid_tgid(device, inode, &here, sizeof(here)))
		return 0;
	if ((int)here.tgid == my_pid)
		bpf_printk("minimal-ns: process %d, outside %d, writes to standard error", (int)here.tgid,
			   (int)(bpf_get_current_pid_tgid() >> 32));
	return 0;
}
