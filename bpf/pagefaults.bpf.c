// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Counts page faults, by the process or over time. The programs are attached to software events of perf, which happen once
 * for each fault that was handled: major ones had to wait for a disk, minor ones had not. Needs Linux 4.15.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "tool.h"
#include "counting.h"

struct faults {
	unsigned long long minor;
	unsigned long long major;
	/* Of the first one. */
	char comm[COMM_SIZE];
};

/* By the id of the process; with slots of time, by the number of the slot since `start_ns`. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, unsigned long long);
	__type(value, struct faults);
} counts SEC(".maps");

/* 0 to count by the process. */
const volatile unsigned long long slot_ns = 0;

/* When the first slot begins; user space sets it before the programs are attached. */
unsigned long long start_ns;

static __always_inline struct faults *faults_of_now(void)
{
	unsigned long long key = slot_ns ? (bpf_ktime_get_ns() - start_ns) / slot_ns : bpf_get_current_pid_tgid() >> 32;
	struct faults initial = {};

	if (!passes_filters())
		return NULL;
	bpf_get_current_comm(&initial.comm, sizeof(initial.comm));
	return entry_of(&counts, &key, &initial);
}

SEC("perf_event")
int count_minor(void *ctx __attribute__((unused)))
{
	struct faults *faults = faults_of_now();

	if (faults)
		__sync_fetch_and_add(&faults->minor, 1);
	return 0;
}

SEC("perf_event")
int count_major(void *ctx __attribute__((unused)))
{
	struct faults *faults = faults_of_now();

	if (faults)
		__sync_fetch_and_add(&faults->major, 1);
	return 0;
}
