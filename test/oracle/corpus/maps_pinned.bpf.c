// SPDX-License-Identifier: MIT
// covers: maps: pinning by name
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, long);
} pinned SEC(".maps");

SEC("socket")
int use(void *ctx)
{
	int key = 0;

	bpf_map_lookup_elem(&pinned, &key);
	return 0;
}
