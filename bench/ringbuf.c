// SPDX-License-Identifier: MIT
/*
 * libbpf's side of the ring buffer benchmark: fills a real ring buffer by running a BPF program, consumes it with
 * ring_buffer__consume and times that alone. Prints one JSON object with the nanoseconds per record of each round.
 *
 *	clang -O2 -g -target bpf -mcpu=v3 -c ringbuf.bpf.c -o ringbuf.bpf.o
 *	cc -O2 ringbuf.c -o ringbuf -lbpf
 *	ringbuf ringbuf.bpf.o ROUNDS
 */
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ringbuf.h"

struct sums {
	__u64 records;
	__u64 fields;
};

/* Three fields of each record, as the JavaScript side reads. */
static int on_record(void *context, void *data, size_t size)
{
	const struct bench_record *record = data;
	struct sums *sums = context;

	(void)size;
	sums->records++;
	sums->fields += record->pid + record->ppid + record->exit_code;
	return 0;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* Runs the program until it finds the ring full. */
static int fill(int prog_fd)
{
	char packet[14] = {}; /* a socket filter wants an Ethernet header */

	for (;;) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
		int err = bpf_prog_test_run_opts(prog_fd, &opts);

		if (err)
			return err;
		if (opts.retval < RECORDS_PER_RUN)
			return 0;
	}
}

static int run_rounds(struct ring_buffer *ring, int prog_fd, struct sums *sums, int rounds)
{
	printf("{\"reader\":\"libbpf\",\"nsPerRecord\":[");
	for (int round = 0; round < rounds; round++) {
		double begin, end;
		int consumed, err;

		err = fill(prog_fd);
		if (err)
			return err;
		begin = now_ns();
		consumed = ring_buffer__consume(ring);
		end = now_ns();
		if (consumed <= 0)
			return -1;
		printf("%s%.2f", round ? "," : "", (end - begin) / consumed);
	}
	printf("],\"records\":%llu,\"fields\":%llu}\n", sums->records, sums->fields);
	return 0;
}

int main(int argc, char **argv)
{
	struct sums sums = {};
	struct ring_buffer *ring = NULL;
	struct bpf_object *object = NULL;
	struct bpf_program *program;
	int err = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: %s ringbuf.bpf.o ROUNDS\n", argv[0]);
		return 64;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "cannot load %s\n", argv[1]);
		goto out;
	}
	program = bpf_object__find_program_by_name(object, "fill");
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), on_record, &sums, NULL);
	if (!program || !ring) {
		fprintf(stderr, "%s has no program fill or no ring buffer ring\n", argv[1]);
		goto out;
	}
	err = run_rounds(ring, bpf_program__fd(program), &sums, atoi(argv[2]));
	if (err)
		fprintf(stderr, "cannot fill or consume the ring buffer: %d\n", err);
out:
	ring_buffer__free(ring);
	bpf_object__close(object);
	return err ? 1 : 0;
}
