// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Watches a USDT probe: a place that the author of a program or library has marked, with values that are handed over there. Proves that
 * the probe is found in the file's notes, and that its values are found wherever the compiler keeps them, in registers, in
 * memory or as constants: the notes say where, the loader puts that into a map, and bpf_usdt_arg() looks it up.
 */
/* Kernels before 5.15 run the part of the header that depends on the architecture; of those, x86-64 is supported. */
#define __TARGET_ARCH_x86
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/usdt.bpf.h>
#include "tool.h"

/* Most probes have fewer. */
#define MAX_VALUES 6

struct event {
	int pid;
	/* How many of `values` there are. */
	int count;
	/* As the probe's author declared them: signed ones are extended. */
	long long values[MAX_VALUES];
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

SEC("usdt")
int on_probe(struct pt_regs *ctx)
{
	struct event *event;
	int count;
	long value;

	if (!passes_filters())
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	count = bpf_usdt_arg_cnt(ctx);
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->count = count < MAX_VALUES ? count : MAX_VALUES;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	for (int index = 0; index < MAX_VALUES; index++) {
		value = 0;
		bpf_usdt_arg(ctx, index, &value);
		event->values[index] = value;
	}
	bpf_ringbuf_submit(event, 0);
	return 0;
}
