/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef RAWBPF_BENCH_RINGBUF_H
#define RAWBPF_BENCH_RINGBUF_H

/* A power of two: about 930,000 records of 72 bytes, header included. */
#define RING_SIZE (64 * 1024 * 1024)
/* The verifier follows each turn of the loop. */
#define RECORDS_PER_RUN 1000

/* 64 bytes, with the kinds of fields that an event of bootstrap has. */
struct bench_record {
	__u32 pid;
	__u32 ppid;
	__u64 time;
	__s32 exit_code;
	__u8 is_exit;
	char comm[16];
	char filename[27];
};

#endif
