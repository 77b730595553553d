// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * The same as minimal.bpf.c for kernels before 5.2, which have no global variables: the pid comes through an array map of one element,
 * and the text of bpf_printk() is on the stack. Proves that maps are shared with user space by system calls alone.
 */
#define BPF_NO_GLOBAL_DATA
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "syscall.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define STANDARD_ERROR 2

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, unsigned int);
	__type(value, int);
} my_pid SEC(".maps");

SEC("tp/syscalls/sys_enter_write")
int handle_write(struct syscall_trace_enter *ctx)
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	unsigned int index = 0;
	int *wanted = bpf_map_lookup_elem(&my_pid, &index);

	/* The element is always there; the verifier does not know that. Why standard error alone: see minimal.bpf.c. */
	if (wanted && pid == *wanted && ctx->args[0] == STANDARD_ERROR)
		bpf_printk("minimal-legacy: process %d writes to standard error", pid);
	return 0;
}
