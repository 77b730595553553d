// SPDX-License-Identifier: MIT
/*
 * libbpf's side of the map benchmark: a hash of 4-byte keys and 8-byte values is read and written entry by entry and in
 * batches. Prints one JSON object with the nanoseconds per entry of each round.
 *
 *	maps ENTRIES BATCH ROUNDS
 */
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

struct bench {
	int fd;
	__u32 entries;
	__u32 batch;
	__u32 *keys;
	__u64 *values;
	/* What was read, so that the compiler cannot leave the reading out. */
	__u64 sum;
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int lookup(struct bench *bench)
{
	for (__u32 key = 0; key < bench->entries; key++) {
		__u64 value;

		if (bpf_map_lookup_elem(bench->fd, &key, &value))
			return -errno;
		bench->sum += value;
	}
	return 0;
}

static int update(struct bench *bench)
{
	for (__u32 key = 0; key < bench->entries; key++) {
		__u64 value = key;

		if (bpf_map_update_elem(bench->fd, &key, &value, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int lookup_batch(struct bench *bench)
{
	__u32 seen = 0, cursor;

	for (int err = 0; !err;) {
		__u32 count = bench->batch;

		err = bpf_map_lookup_batch(bench->fd, seen ? &cursor : NULL, &cursor, bench->keys, bench->values,
					   &count, NULL);
		if (err && errno != ENOENT)
			return -errno;
		seen += count;
		bench->sum += bench->values[0];
	}
	return seen == bench->entries ? 0 : -ENODATA;
}

static int update_batch(struct bench *bench)
{
	for (__u32 first = 0; first < bench->entries; first += bench->batch) {
		__u32 count = bench->batch;

		for (__u32 index = 0; index < count; index++) {
			bench->keys[index] = first + index;
			bench->values[index] = first + index;
		}
		if (bpf_map_update_batch(bench->fd, bench->keys, bench->values, &count, NULL))
			return -errno;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct bench *bench);
} operations[] = {
	{ "update", update },
	{ "lookup", lookup },
	{ "update in batches", update_batch },
	{ "lookup in batches", lookup_batch },
};

/* One round more than asked for: the first one does not count. */
static int measure(struct bench *bench, int rounds)
{
	for (size_t each = 0; each < sizeof(operations) / sizeof(*operations); each++) {
		printf("%s\"%s\":[", each ? "," : "{", operations[each].name);
		for (int round = -1; round < rounds; round++) {
			double begin = now_ns();
			int err = operations[each].run(bench);

			if (err)
				return err;
			if (round >= 0)
				printf("%s%.2f", round ? "," : "", (now_ns() - begin) / bench->entries);
		}
		printf("]");
	}
	printf("}\n");
	return bench->sum ? 0 : -ENODATA;
}

int main(int argc, char **argv)
{
	struct bench bench = {};
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: maps ENTRIES BATCH ROUNDS\n");
		return 64;
	}
	bench.entries = strtoul(argv[1], NULL, 10);
	bench.batch = strtoul(argv[2], NULL, 10);
	bench.keys = calloc(bench.batch, sizeof(*bench.keys));
	bench.values = calloc(bench.batch, sizeof(*bench.values));
	bench.fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench", sizeof(__u32), sizeof(__u64), bench.entries, NULL);
	if (!bench.keys || !bench.values || bench.fd < 0)
		err = -errno;
	else
		err = measure(&bench, atoi(argv[3]));
	if (err)
		fprintf(stderr, "maps: %s\n", strerror(-err));
	return err ? 1 : 0;
}
