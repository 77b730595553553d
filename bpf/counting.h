/* SPDX-License-Identifier: (MIT OR GPL-2.0) */
/*
 * What the tools have in common that count in the kernel instead of reporting each event: entries of hashes that are made
 * where they are missing, and the slots of histograms.
 */
#ifndef RAWBPF_COUNTING_H
#define RAWBPF_COUNTING_H

/* As many slots as 2^40 microseconds need, which are 12 days. */
#define LOG2_SLOTS 40

struct histogram {
	/* Slot n counts values from 2^n to 2^(n+1) - 1, and slot 0 those of 0 as well. */
	unsigned long long slots[LOG2_SLOTS];
	/* Of the process that it is of, if it is of one. */
	char comm[COMM_SIZE];
};

/* Too large for a program's stack beside anything else. */
static const struct histogram empty_histogram;

/* Events that found a map full. User space reads the count when it is done. */
unsigned long long lost_counts;

/* The entry for `key`, which is a copy of `initial` where there was none; NULL where the map is full. */
static __always_inline void *entry_of(void *map, const void *key, const void *initial)
{
	void *entry = bpf_map_lookup_elem(map, key);

	if (entry)
		return entry;
	/* Another cpu may be faster; then its entry is ours. */
	bpf_map_update_elem(map, key, initial, BPF_NOEXIST);
	entry = bpf_map_lookup_elem(map, key);
	if (!entry)
		__sync_fetch_and_add(&lost_counts, 1);
	return entry;
}

/* floor(log2(value)), and 0 for 0, by halving the bits that the highest one can be among. */
static __always_inline unsigned int log2_slot(unsigned long long value)
{
	unsigned int slot = 0;

	for (int bits = 32; bits > 0; bits /= 2) {
		if (value >> bits) {
			value >>= bits;
			slot += bits;
		}
	}
	return slot < LOG2_SLOTS ? slot : LOG2_SLOTS - 1;
}

/* Counts `value` in the histogram of `key`. */
static __always_inline struct histogram *count_value(void *map, const void *key, unsigned long long value)
{
	struct histogram *histogram = entry_of(map, key, &empty_histogram);
	unsigned int slot = log2_slot(value);

	if (histogram && slot < LOG2_SLOTS)
		__sync_fetch_and_add(&histogram->slots[slot], 1);
	return histogram;
}

#endif
