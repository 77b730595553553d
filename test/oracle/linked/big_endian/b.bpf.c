// SPDX-License-Identifier: MIT
// flags: --target=bpfeb
#include "minimal.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

int shared = 3;
static int state = 9;

static __attribute__((noinline)) int twice(int x)
{
	state -= x;
	return x * 3;
}

static int step(__u32 index, void *ctx)
{
	state += index;
	return 0;
}

SEC("socket")
int second(struct task_struct *task)
{
	bpf_loop(5, step, 0, 0);
	return twice(task->pid);
}
