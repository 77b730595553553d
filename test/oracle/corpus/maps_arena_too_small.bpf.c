// SPDX-License-Identifier: MIT
// covers: data: __arena globals that do not fit fail
// expect: fails
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
} arena SEC(".maps");

char __arena variable[5000] = { 1 };

SEC("syscall")
int use(void *ctx)
{
	bpf_printk("%p", &arena);
	return variable[100];
}
