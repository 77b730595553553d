// SPDX-License-Identifier: MIT
// covers: functions: static callbacks of bpf_loop and bpf_for_each_map_elem
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} map SEC(".maps");

long sum;

static long add(struct bpf_map *m, int *key, long *value, void *ctx)
{
	sum += *value;
	return 0;
}

static int step(__u32 index, void *ctx)
{
	sum += index;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	bpf_loop(10, step, 0, 0);
	bpf_for_each_map_elem(&map, add, 0, 0);
	return 0;
}
