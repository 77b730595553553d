// SPDX-License-Identifier: MIT
#include "minimal.h"

extern int seen;
extern int in_c(int x) __weak;

int overridden(int x)
{
	if (x > 10)
		seen = 4;
	return x * 2;
}

__weak int both_weak(int x)
{
	return x - seen;
}

SEC("socket")
int second(void *ctx)
{
	return overridden(3) + both_weak(4) + in_c(5);
}
