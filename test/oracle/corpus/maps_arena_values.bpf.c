// SPDX-License-Identifier: MIT
// covers: data: __arena globals with values, zeros, statics, structs and pointers
// covers: data: address space casts
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100);
} arena SEC(".maps");

struct node {
	struct node __arena *next;
	__u64 value;
};

int __arena first = 1;
int __arena zero;
static long __arena counter = 40;
static long __arena zeros[600];
struct node __arena nodes[3] = { { .value = 1 }, { .value = 2 }, { .value = 3 } };
char __arena text[] = "in the arena";
const int __arena constant = 9;
int in_map = 5;

SEC("syscall")
int use(void *ctx)
{
	struct node __arena *node;

	bpf_printk("%p", &arena);
	nodes[0].next = &nodes[1];
	node = nodes[0].next;
	zeros[first & 511] += first + zero + constant + text[3];
	in_map += ++counter;
	return node->value;
}

SEC("syscall")
int other(void *ctx)
{
	bpf_printk("%p", &arena);
	return text[1] + counter;
}
