// SPDX-License-Identifier: MIT
// covers: linking: big-endian objects
// load: none
// flags: --target=bpfeb
#include "minimal.h"

extern int shared;
static int state = 7;

static __attribute__((noinline)) int twice(int x)
{
	state += x;
	return x * 2;
}

static int step(__u32 index, void *ctx)
{
	state -= index;
	return 0;
}

SEC("socket")
int first(void *ctx)
{
	bpf_loop(3, step, 0, 0);
	return twice(shared);
}
