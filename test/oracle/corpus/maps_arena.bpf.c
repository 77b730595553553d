// SPDX-License-Identifier: MIT
// covers: maps: arena
// covers: data: __arena globals
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} arena SEC(".maps");

#define __arena __attribute__((address_space(1)))
int __arena in_arena = 5;

SEC("syscall")
int use(void *ctx)
{
	/* The instruction names the map, which the verifier needs to know. */
	bpf_printk("%p", &arena);
	in_arena = 7;
	return 0;
}
