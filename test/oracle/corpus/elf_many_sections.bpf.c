// SPDX-License-Identifier: MIT
// covers: elf: forty programs in one section, forty data sections
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} shared SEC(".maps");

#define PROGRAM(n)                                             \
	SEC("tp/sched/sched_process_exit")                     \
	int p##n(void *ctx)                                    \
	{                                                      \
		int key = 0;                                   \
		return bpf_map_lookup_elem(&shared, &key) != 0; \
	}                                                      \
	int data_##n SEC(".data.d" #n) = n;
#define TEN(n) PROGRAM(n##0) PROGRAM(n##1) PROGRAM(n##2) PROGRAM(n##3) PROGRAM(n##4) \
	PROGRAM(n##5) PROGRAM(n##6) PROGRAM(n##7) PROGRAM(n##8) PROGRAM(n##9)
TEN(1) TEN(2) TEN(3) TEN(4)
