// SPDX-License-Identifier: MIT
// covers: maps: arena at an address of its own (map_extra)
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100);
	__ulong(map_extra, 0x1ull << 44);
} arena SEC(".maps");

int __arena variable = 7;

__noinline int subprogram(int by)
{
	return variable += by;
}

SEC("syscall")
int use(void *ctx)
{
	bpf_printk("%p", &arena);
	return subprogram(2);
}
