// SPDX-License-Identifier: MIT
// covers: maps: ring buffer sizes that are no power of two, or smaller than a page
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} odd SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1);
} tiny SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	return 0;
}
