// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Fills a ring buffer for bench/ringbuf.c and bench/ringbuf.ts: one run of `fill` emits up to RECORDS_PER_RUN records
 * of 64 bytes without waking the reader, and returns how many found space.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "ringbuf.h"

/* So that the object's BTF describes the records: a ring buffer's definition does not name its type. */
const struct bench_record *unused_bench_record __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_SIZE);
} ring SEC(".maps");

SEC("socket")
int fill(void *context)
{
	__u32 emitted;

	for (emitted = 0; emitted < RECORDS_PER_RUN; emitted++) {
		struct bench_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

		if (!record)
			break;
		record->pid = emitted;
		record->ppid = 1;
		record->time = bpf_ktime_get_ns();
		record->exit_code = emitted & 0xff;
		record->is_exit = emitted & 1;
		__builtin_memcpy(record->comm, "benchmark", 10);
		__builtin_memcpy(record->filename, "/usr/bin/benchmark", 19);
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	}
	return emitted;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
