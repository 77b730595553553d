/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * What the tools have in common: filters, and the count of what was lost. A tool includes this once, behind the
 * declarations of the kernel's structures that it uses.
 */
#ifndef RAWBPF_TOOL_H
#define RAWBPF_TOOL_H

#include <stdbool.h>

/* TASK_COMM_LEN of the kernel: 15 bytes and a NUL. */
#define COMM_SIZE 16

/* The kernel lets only GPL-compatible programs call bpf_probe_read_kernel() and its kind. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * Set by user space before the load; the verifier then knows them as constants, and removes what they rule out. volatile
 * keeps clang from doing so with what stands here.
 */
const volatile int filter_pid = 0;
const volatile char filter_comm[COMM_SIZE] = "";

/* Records that found the buffer full. User space reads the count when it is done. */
unsigned long long lost_records;

/* Is this process one that user space wants to hear of? 0 and "" stand for all. */
static __always_inline bool passes_pid(int pid)
{
	return filter_pid == 0 || filter_pid == pid;
}

/* Up to the NUL: what is behind it in a task's name may be left of a longer one. */
static __always_inline bool passes_comm(const char *comm)
{
	if (filter_comm[0] == '\0')
		return true;
	for (int byte = 0; byte < COMM_SIZE; byte++) {
		if (comm[byte] != filter_comm[byte])
			return false;
		if (comm[byte] == '\0')
			break;
	}
	return true;
}

/* The same for the process that runs now. */
static __always_inline bool passes_filters(void)
{
	char comm[COMM_SIZE];

	if (!passes_pid(bpf_get_current_pid_tgid() >> 32))
		return false;
	if (filter_comm[0] == '\0')
		return true;
	bpf_get_current_comm(&comm, sizeof(comm));
	return passes_comm(comm);
}

#endif
