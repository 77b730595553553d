// SPDX-License-Identifier: MIT
// covers: linking: one object alone
#include "minimal.h"

struct list {
	struct list *next;
	struct tree *tree;
	long value;
};

struct tree {
	struct tree *left;
	struct list *list;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct list);
} lists SEC(".maps");

const volatile int limit = 3;
int zero;
static const char text[] = "some text";

static __attribute__((noinline)) int length(struct list *list)
{
	return (int)list->value + zero;
}

SEC("socket")
int use(void *ctx)
{
	int key = 0;
	struct list *list = bpf_map_lookup_elem(&lists, &key);

	bpf_printk("%s", text);
	return list ? length(list) + limit : 0;
}
