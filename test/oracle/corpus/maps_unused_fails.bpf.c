// SPDX-License-Identifier: MIT
// covers: maps: one that the kernel refuses, and that no program uses
// expect: fails
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 0);
	__type(key, int);
	__type(value, long);
} empty SEC(".maps");

SEC("socket")
int fine(void *ctx)
{
	return 0;
}
