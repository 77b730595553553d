// SPDX-License-Identifier: MIT
// covers: linking: a global function and a variable that another object defines
// covers: linking: static functions and variables of one name
// covers: linking: a map that another object defines
#include "minimal.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

extern int shared;
int own = 5;
static int state = 7;

int helper(int key);

static __attribute__((noinline)) int twice(int x)
{
	state += x;
	return x * 2;
}

SEC("socket")
int first(void *ctx)
{
	int key = own;
	long *value = bpf_map_lookup_elem(&counts, &key);

	own += shared;
	if (value)
		*value += 1;
	return helper(twice(own)) > 3;
}
