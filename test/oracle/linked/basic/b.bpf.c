// SPDX-License-Identifier: MIT
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, int);
	__type(value, int);
} others SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

char before = 1;
int shared = 1;
static int state = 9;

static __attribute__((noinline)) int twice(int x)
{
	state -= x;
	return x * 3;
}

__attribute__((noinline)) int helper(int key)
{
	long *value = bpf_map_lookup_elem(&counts, &key);

	return value ? (int)*value : twice(key);
}

SEC("socket")
int second(void *ctx)
{
	int key = 0;
	int *other = bpf_map_lookup_elem(&others, &key);

	return helper(3) + (other ? *other : before);
}
