// SPDX-License-Identifier: MIT
// covers: btf: a static variable that clang splits
// expect: types: the kernel refuses the BTF of the split variable, and libbpf goes on without any
#include "minimal.h"

static struct {
	long first;
	long second;
	int array[4];
} state;

SEC("socket")
int use(void *ctx)
{
	state.first++;
	if (state.first > 3)
		state.array[1] = 5;
	return state.array[1];
}
