// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * The tour's other object: what bootstrap.bpf.c has none of. Two programs share a function that is not inlined, and one of the
 * two forgets that a lookup may find nothing, for which the verifier refuses it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, int);
	__type(value, unsigned long long);
} exec_start SEC(".maps");

unsigned long long longest_ns;

static __noinline void note_lifetime(unsigned long long start_ns)
{
	unsigned long long lifetime_ns = bpf_ktime_get_ns() - start_ns;

	if (lifetime_ns > longest_ns)
		longest_ns = lifetime_ns;
}

SEC("tp/sched/sched_process_exit")
int checks(void *ctx __attribute__((unused)))
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	unsigned long long *start_ns = bpf_map_lookup_elem(&exec_start, &pid);

	if (start_ns)
		note_lifetime(*start_ns);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int forgets(void *ctx __attribute__((unused)))
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	unsigned long long *start_ns = bpf_map_lookup_elem(&exec_start, &pid);

	note_lifetime(*start_ns);
	return 0;
}
