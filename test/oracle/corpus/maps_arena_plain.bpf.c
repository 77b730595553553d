// SPDX-License-Identifier: MIT
// covers: maps: arena without variables
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1000);
} arena SEC(".maps");

SEC("syscall")
int use(void *ctx)
{
	bpf_printk("%p", &arena);
	return 0;
}
