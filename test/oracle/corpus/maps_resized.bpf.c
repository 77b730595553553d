// SPDX-License-Identifier: MIT
// covers: maps: values of another size than their type
// resize: counts 24
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	int key = 0;
	long *value = bpf_map_lookup_elem(&counts, &key);

	return value ? value[2] : 0;
}
