/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
#ifndef RAWBPF_BENCH_STREAM_H
#define RAWBPF_BENCH_STREAM_H

/* Bytes of the ring buffer, and of the perf buffer of each cpu. */
#define STREAM_SIZE (16 * 1024 * 1024)

#endif
