// SPDX-License-Identifier: MIT
// covers: linking: a function of another type is refused
// expect: fails
#include "minimal.h"

__attribute__((noinline)) int shared(int x)
{
	return x * x;
}

SEC("socket")
int first(void *ctx)
{
	return shared(3);
}
