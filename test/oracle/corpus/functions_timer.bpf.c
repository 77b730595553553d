// SPDX-License-Identifier: MIT
// covers: functions: timer callbacks
#include "minimal.h"

struct value {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} timers SEC(".maps");

static int fired(void *map, int *key, struct bpf_timer *timer)
{
	return 0;
}

SEC("tc")
int use(struct __sk_buff *ctx)
{
	int key = 0;
	struct value *value = bpf_map_lookup_elem(&timers, &key);

	if (!value)
		return 0;
	bpf_timer_init(&value->timer, &timers, 1);
	bpf_timer_set_callback(&value->timer, fired);
	return 0;
}
