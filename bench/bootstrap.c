// SPDX-License-Identifier: MIT
/*
 * The C twin of `rawbpf bootstrap`: the same object, loaded by Debian's libbpf, the same lines on standard output. What
 * rawbpf's time and memory are compared with.
 *
 *     bootstrap [-d MS] [-t] OBJECT
 *
 * -t prints on standard error, once it is attached, the time from before the object was opened to after its programs
 * were attached, and libbpf's version, as one line of JSON.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "../bpf/bootstrap.h"

enum { MAX_PROGRAMS = 8 };

struct options {
	unsigned long long min_duration_ms;
	bool timings;
	const char *object;
};

struct tracer {
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	int link_count;
};

static volatile sig_atomic_t stopping;

static void stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static unsigned long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static int set_min_duration(struct bpf_object *object, unsigned long long min_duration_ns)
{
	/* The one variable of .rodata, so the section's bytes are its bytes. */
	struct bpf_map *rodata = bpf_object__find_map_by_name(object, ".rodata");

	return rodata ? bpf_map__set_initial_value(rodata, &min_duration_ns, sizeof(min_duration_ns)) : -ENOENT;
}

static int attach(struct tracer *tracer)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, tracer->object) {
		struct bpf_link *link;

		if (tracer->link_count == MAX_PROGRAMS)
			return -E2BIG;
		link = bpf_program__attach(program);
		if (!link)
			return -errno;
		tracer->links[tracer->link_count++] = link;
	}
	return 0;
}

/* Opens, loads and attaches. What it got as far as is in `tracer`, also after an error. */
static int start(struct tracer *tracer, const struct options *options)
{
	int error;

	tracer->object = bpf_object__open_file(options->object, NULL);
	if (!tracer->object)
		return -errno;
	error = set_min_duration(tracer->object, options->min_duration_ms * 1000000ULL);
	if (error)
		return error;
	error = bpf_object__load(tracer->object);
	return error ? error : attach(tracer);
}

static void end(struct tracer *tracer)
{
	while (tracer->link_count > 0)
		bpf_link__destroy(tracer->links[--tracer->link_count]);
	bpf_object__close(tracer->object);
}

static int print_event(void *context, void *data, size_t size)
{
	const struct event *event = data;
	char clock_time[16];
	time_t now = time(NULL);

	(void)context;
	if (size < sizeof(*event))
		return 0;
	strftime(clock_time, sizeof(clock_time), "%H:%M:%S", localtime(&now));
	printf("%-8s %-5s %-16s %-7d %-7d ", clock_time, event->kind == EXIT ? "EXIT" : "EXEC", event->comm,
	       event->pid, event->ppid);
	if (event->kind == EXEC)
		printf("%s", event->filename);
	else
		printf("[%u]", event->exit_code);
	if (event->has_duration)
		printf(" (%llums)", event->duration_ns / 1000000);
	printf("\n");
	return 0;
}

/* Prints events until a signal comes, then those that are still in the buffer. */
static int print_events(struct tracer *tracer)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_object__find_map_fd_by_name(tracer->object, "rb"), print_event, NULL, NULL);
	int result = 0;

	if (!ring)
		return -errno;
	printf("%-8s %-5s %-16s %-7s %-7s %s\n", "TIME", "EVENT", "COMM", "PID", "PPID", "FILENAME/EXIT CODE");
	while (!stopping && (result >= 0 || result == -EINTR))
		result = ring_buffer__poll(ring, 100 /* ms */);
	if (stopping)
		result = ring_buffer__consume(ring);
	ring_buffer__free(ring);
	return result < 0 ? result : 0;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "d:t")) != -1) {
		if (option == 'd')
			options->min_duration_ms = strtoull(optarg, NULL, 10);
		else if (option == 't')
			options->timings = true;
		else
			return -EINVAL;
	}
	options->object = argv[optind];
	return optind == argc - 1 ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct options options = {};
	struct tracer tracer = {};
	unsigned long long before;
	int error;

	if (parse_options(&options, argc, argv)) {
		fprintf(stderr, "usage: bootstrap [-d MS] [-t] OBJECT\n");
		return 64;
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	/* Lines appear when they are printed, also in a pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);

	before = monotonic_ns();
	error = start(&tracer, &options);
	if (!error && options.timings)
		fprintf(stderr, "{\"libbpf\":\"%s\",\"open_to_attached_ns\":%llu}\n", libbpf_version_string(),
			monotonic_ns() - before);
	if (!error)
		error = print_events(&tracer);
	end(&tracer);
	if (error)
		fprintf(stderr, "bootstrap: %s\n", strerror(-error));
	return error ? 1 : 0;
}
