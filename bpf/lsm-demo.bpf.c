// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Watches bpf(2) of one process through the hook of the security modules for it, and refuses BPF_MAP_CREATE if asked to. Proves that a
 * BPF program decides like any security module: what it returns is what the caller gets. Every other process is let through.
 *
 * Needs Linux 5.8 for the ring buffer; LSM programs came with 5.7, on arm64 with 6.0. BPF must be among the kernel's security modules
 * (CONFIG_LSM or lsm= of the kernel's command line has `bpf`), or the program is attached and never run.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "tool.h"

#define EPERM 1

struct event {
	int pid;
	/* By its name: BTF has those of the headers that this was built with, and of newer commands user space shows the number. */
	enum bpf_cmd command;
	bool refused;
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

const volatile bool refuse = false;

/* How often the program has run for the process. User space looks whether it does at all. */
unsigned long long runs;

/* The context is the arguments of security_bpf(cmd, attr, size, ...), 8 bytes each. */
SEC("lsm/bpf")
int watch_bpf(unsigned long long *ctx)
{
	enum bpf_cmd command = ctx[0];
	bool refused = refuse && command == BPF_MAP_CREATE;
	int answer = -EPERM;
	struct event *event;

	/* 0 stands for all elsewhere, never here: to refuse bpf(2) to everybody is no demonstration. */
	if (filter_pid == 0 || !passes_pid(bpf_get_current_pid_tgid() >> 32))
		return 0;
	__sync_fetch_and_add(&runs, 1);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		event->pid = bpf_get_current_pid_tgid() >> 32;
		event->command = command;
		event->refused = refused;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		bpf_ringbuf_submit(event, 0);
	} else {
		__sync_fetch_and_add(&lost_records, 1);
	}
	/* clang would make -refused of it, a negation, of which the verifier of Linux 6.12 knows no range. */
	barrier_var(answer);
	return refused ? answer : 0;
}
