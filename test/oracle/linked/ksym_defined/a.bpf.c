// SPDX-License-Identifier: MIT
// covers: linking: an extern of the kernel that another object defines is refused
// expect: fails
// clang: 14
#include "minimal.h"

__attribute__((noinline)) int of_the_kernel(int x)
{
	return x;
}

SEC("socket")
int first(void *ctx)
{
	return of_the_kernel(1);
}
