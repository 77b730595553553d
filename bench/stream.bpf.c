// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Produces records of 64 bytes as fast as it can, one by one, for bench/stream.c and bench/stream_consume.ts: one run writes
 * RECORDS_PER_RUN of them and returns how many found no space. Wakeups are left to the kernel, as by default.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "ringbuf.h"
#include "stream.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, STREAM_SIZE);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} perf SEC(".maps");

/* There is one producer at a time. */
__u64 produced;
__u64 lost;

SEC("socket")
int to_ring(void *context)
{
	__u32 failed = 0;

	for (__u32 i = 0; i < RECORDS_PER_RUN; i++) {
		struct bench_record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

		if (!record) {
			failed++;
			continue;
		}
		record->pid = i;
		record->ppid = 1;
		record->exit_code = i & 0xff;
		bpf_ringbuf_submit(record, 0);
	}
	produced += RECORDS_PER_RUN - failed;
	lost += failed;
	return failed;
}

SEC("socket")
int to_perf(struct __sk_buff *context)
{
	struct bench_record record = { .ppid = 1 };
	__u32 failed = 0;

	for (__u32 i = 0; i < RECORDS_PER_RUN; i++) {
		record.pid = i;
		record.exit_code = i & 0xff;
		if (bpf_perf_event_output(context, &perf, BPF_F_CURRENT_CPU, &record, sizeof(record)))
			failed++;
	}
	produced += RECORDS_PER_RUN - failed;
	lost += failed;
	return failed;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
