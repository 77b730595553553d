// SPDX-License-Identifier: MIT
// covers: maps: values with spin lock, timer
#include "minimal.h"

struct with_lock {
	struct bpf_spin_lock lock;
	long count;
};

struct with_timer {
	struct bpf_timer timer;
	long count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct with_lock);
} locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct with_timer);
} timers SEC(".maps");

SEC("tc")
int use(struct __sk_buff *ctx)
{
	int key = 0;
	struct with_lock *value = bpf_map_lookup_elem(&locks, &key);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->count++;
	bpf_spin_unlock(&value->lock);
	return 0;
}
