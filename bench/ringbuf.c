// SPDX-License-Identifier: MIT
/*
 * libbpf's side of the ring buffer benchmark: fills a real ring buffer by running a BPF program, consumes it with
 * ring_buffer__consume and times that alone. Prints one JSON object with the nanoseconds per record of each round.
 *
 *	ringbuf read OBJECT ROUNDS self|other
 *	ringbuf fill PROGRAM_ID
 *
 * `self` fills the ring from this process; `other` from `ringbuf fill`, a process on another cpu, which rawbpf's side
 * (consume.ts) runs too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/types.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ringbuf.h"

enum { READER_CPU = 0, FILLER_CPU = 1 };

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

/* What fills the ring before each round. */
struct filler {
	int prog_fd;
	/* The shell's command that fills it from another process; empty where this process does. */
	char command[512];
};

static int refill(const struct filler *filler)
{
	if (!filler->command[0])
		return fill(filler->prog_fd);
	return system(filler->command) ? -ECHILD : 0;
}

static int make_filler(struct filler *filler, const char *self, int prog_fd, bool is_other)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int err;

	filler->prog_fd = prog_fd;
	filler->command[0] = '\0';
	if (!is_other)
		return 0;
	err = bpf_obj_get_info_by_fd(prog_fd, &info, &size);
	if (err)
		return err;
	snprintf(filler->command, sizeof(filler->command), "'%s' fill %u", self, info.id);
	return 0;
}

static int pin_to(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) ? -errno : 0;
}

/* One round more than asked for: the first one does not count. */
static int run_rounds(struct ring_buffer *ring, const struct filler *filler, int rounds, unsigned long *records)
{
	printf("{\"nsPerRecord\":[");
	for (int round = -1; round < rounds; round++) {
		double begin, end;
		int consumed, err;

		err = refill(filler);
		if (err)
			return err;
		begin = now_ns();
		consumed = ring_buffer__consume(ring);
		end = now_ns();
		if (consumed <= 0)
			return consumed ? consumed : -ENODATA;
		if (round < 0)
			continue;
		*records += consumed;
		printf("%s%.2f", round ? "," : "", (end - begin) / consumed);
	}
	printf("],\"records\":%lu}\n", *records);
	return 0;
}

static int read_rounds(const char *self, const char *path, int rounds, bool is_other)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	struct ring_buffer *ring;
	struct filler filler;
	struct sums sums = {};
	unsigned long records = 0;
	int err;

	if (!object)
		return -errno;
	err = bpf_object__load(object);
	program = bpf_object__find_program_by_name(object, "fill");
	if (err || !program)
		return err ? err : -ENOENT;
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), on_record, &sums, NULL);
	if (!ring)
		return -errno;
	err = make_filler(&filler, self, bpf_program__fd(program), is_other);
	if (!err)
		err = pin_to(READER_CPU);
	if (!err)
		err = run_rounds(ring, &filler, rounds, &records);
	ring_buffer__free(ring);
	bpf_object__close(object);
	/* The sum is used, so that the compiler cannot leave the fields unread. */
	return err ? err : sums.fields == 0 ? -ENODATA : 0;
}

static int fill_from_here(unsigned int prog_id)
{
	int prog_fd = bpf_prog_get_fd_by_id(prog_id);

	if (prog_fd < 0)
		return prog_fd;
	return pin_to(FILLER_CPU) ?: fill(prog_fd);
}

int main(int argc, char **argv)
{
	int err;

	if (argc == 5 && !strcmp(argv[1], "read")) {
		err = read_rounds(argv[0], argv[2], atoi(argv[3]), !strcmp(argv[4], "other"));
	} else if (argc == 3 && !strcmp(argv[1], "fill")) {
		err = fill_from_here(strtoul(argv[2], NULL, 10));
	} else {
		fprintf(stderr, "usage: ringbuf read OBJECT ROUNDS self|other | ringbuf fill PROGRAM_ID\n");
		return 64;
	}
	if (err)
		fprintf(stderr, "ringbuf: %s\n", strerror(-err));
	return err ? 1 : 0;
}
