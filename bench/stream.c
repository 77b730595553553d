// SPDX-License-Identifier: MIT
/*
 * libbpf's side of the benchmark of streams, and the producer of both sides.
 *
 *	stream read OBJECT ring|perf RUNS
 *	stream drain OBJECT ROUNDS
 *	stream produce PROGRAM_ID RUNS
 *
 * `read` consumes on cpu 0 what `stream produce`, another process, produces on cpu 1 at the same time, until it has ended and
 * everything is read. `drain` fills the perf buffer of cpu 0 from here, and times perf_buffer__consume alone. Both print one
 * JSON object. `produce` runs the program RUNS times RUNS_PER_CALL and prints how many nanoseconds that took.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/types.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ringbuf.h"
#include "stream.h"

enum { READER_CPU = 0, PRODUCER_CPU = 1, RUNS_PER_CALL = 100, WAIT_MS = 100 };

struct sums {
	__u64 records;
	__u64 lost;
	__u64 fields;
};

/* Three fields of each record, as the JavaScript side reads. */
static void add(struct sums *sums, const struct bench_record *record)
{
	sums->records++;
	sums->fields += record->pid + record->ppid + record->exit_code;
}

static int on_record(void *context, void *data, size_t size)
{
	(void)size;
	add(context, data);
	return 0;
}

static void on_sample(void *context, int cpu, void *data, __u32 size)
{
	(void)cpu;
	(void)size;
	add(context, data);
}

static void on_lost(void *context, int cpu, __u64 count)
{
	struct sums *sums = context;

	(void)cpu;
	sums->lost += count;
}

static double clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int pin_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

/* How many records of the last run found no space, or a negative errno. */
static int run(int prog_fd, int repeat)
{
	char packet[14] = {}; /* a socket filter wants an Ethernet header */
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = repeat);
	int err = bpf_prog_test_run_opts(prog_fd, &opts);

	return err ? err : (int)opts.retval;
}

static int produce(unsigned int prog_id, int runs)
{
	int prog_fd = bpf_prog_get_fd_by_id(prog_id);
	int err = prog_fd < 0 ? prog_fd : pin_to(PRODUCER_CPU);
	double begin = clock_ns(CLOCK_MONOTONIC);

	for (int i = 0; !err && i < runs; i++) {
		int failed = run(prog_fd, RUNS_PER_CALL);

		err = failed < 0 ? failed : 0;
	}
	printf("%.0f\n", clock_ns(CLOCK_MONOTONIC) - begin);
	return err;
}

/* The object, and one of its two buffers. */
struct stream {
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *ring;
	struct perf_buffer *perf;
	struct sums sums;
};

static int open_stream(struct stream *stream, const char *path, bool is_perf)
{
	int err;

	stream->object = bpf_object__open_file(path, NULL);
	if (!stream->object)
		return -errno;
	err = bpf_object__load(stream->object);
	if (err)
		return err;
	stream->program = bpf_object__find_program_by_name(stream->object, is_perf ? "to_perf" : "to_ring");
	if (!stream->program)
		return -ENOENT;
	if (is_perf) {
		int fd = bpf_object__find_map_fd_by_name(stream->object, "perf");

		stream->perf = perf_buffer__new(fd, STREAM_SIZE / getpagesize(), on_sample, on_lost, &stream->sums, NULL);
	} else {
		int fd = bpf_object__find_map_fd_by_name(stream->object, "ring");

		stream->ring = ring_buffer__new(fd, on_record, &stream->sums, NULL);
	}
	return stream->perf || stream->ring ? 0 : -errno;
}

static void close_stream(struct stream *stream)
{
	ring_buffer__free(stream->ring);
	perf_buffer__free(stream->perf);
	bpf_object__close(stream->object);
}

static int wait_and_consume(struct stream *stream, int timeout)
{
	return stream->perf ? perf_buffer__poll(stream->perf, timeout) : ring_buffer__poll(stream->ring, timeout);
}

/* What the programs counted: produced and lost. */
static int read_counts(struct stream *stream, __u64 counts[2])
{
	struct bpf_map *bss = bpf_object__find_map_by_name(stream->object, "stream.bss");
	__u32 key = 0;

	if (!bss || bpf_map__value_size(bss) != 2 * sizeof(*counts))
		return -EINVAL;
	return bpf_map_lookup_elem(bpf_map__fd(bss), &key, counts);
}

static int read_stream(struct stream *stream, const char *self, int runs)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	__u64 counts[2];
	double producer_ns = 0, cpu_ns;
	char command[512];
	struct pollfd ended;
	FILE *producer;
	int err;

	err = bpf_obj_get_info_by_fd(bpf_program__fd(stream->program), &info, &size);
	if (err)
		return err;
	snprintf(command, sizeof(command), "'%s' produce %u %d", self, info.id, runs);
	producer = popen(command, "r");
	if (!producer)
		return -errno;
	ended = (struct pollfd){ .fd = fileno(producer), .events = POLLIN };
	cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	while (poll(&ended, 1, 0) == 0) {
		err = wait_and_consume(stream, WAIT_MS);
		if (err < 0 && err != -EINTR)
			break;
	}
	while (wait_and_consume(stream, 0) > 0)
		;
	cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
	if (fscanf(producer, "%lf", &producer_ns) != 1 || pclose(producer))
		return -ECHILD;
	err = read_counts(stream, counts);
	if (err)
		return err;
	printf("{\"records\":%llu,\"produced\":%llu,\"lost\":%llu,\"producerNs\":%.0f,\"readerCpuNs\":%.0f}\n",
	       stream->sums.records, counts[0], counts[1], producer_ns, cpu_ns);
	return 0;
}

/* One round more than asked for: the first one does not count. */
static int drain_rounds(struct stream *stream, int rounds)
{
	printf("{\"nsPerRecord\":[");
	for (int round = -1; round < rounds; round++) {
		__u64 before = stream->sums.records;
		double begin;
		int failed, err;

		while ((failed = run(bpf_program__fd(stream->program), 1)) == 0)
			;
		if (failed < 0)
			return failed;
		begin = clock_ns(CLOCK_MONOTONIC);
		err = perf_buffer__consume(stream->perf);
		if (err < 0 || stream->sums.records == before)
			return err ? err : -ENODATA;
		if (round >= 0)
			printf("%s%.2f", round ? "," : "",
			       (clock_ns(CLOCK_MONOTONIC) - begin) / (stream->sums.records - before));
	}
	printf("]}\n");
	return 0;
}

int main(int argc, char **argv)
{
	struct stream stream = {};
	bool is_drain = argc == 4 && !strcmp(argv[1], "drain");
	int err;

	if (argc == 4 && !strcmp(argv[1], "produce"))
		return produce(strtoul(argv[2], NULL, 10), atoi(argv[3])) ? 1 : 0;
	if (!is_drain && !(argc == 5 && !strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: stream read OBJECT ring|perf RUNS | stream drain OBJECT ROUNDS | stream produce PROGRAM_ID RUNS\n");
		return 64;
	}
	err = pin_to(READER_CPU);
	if (!err)
		err = open_stream(&stream, argv[2], is_drain || !strcmp(argv[3], "perf"));
	if (!err)
		err = is_drain ? drain_rounds(&stream, atoi(argv[3])) : read_stream(&stream, argv[0], atoi(argv[4]));
	close_stream(&stream);
	if (err)
		fprintf(stderr, "stream: %s\n", strerror(-err));
	/* The sum is used, so that the compiler cannot leave the fields unread. */
	return err || stream.sums.fields == 0 ? 1 : 0;
}
