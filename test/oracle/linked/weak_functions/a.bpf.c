// SPDX-License-Identifier: MIT
// covers: linking: a weak function that another object overrides
// covers: linking: two weak functions, of which the first counts
// covers: linking: an extern weak function that nobody defines, or somebody does
#include "minimal.h"

int seen;

__weak int overridden(int x)
{
	seen = x + 1;
	return seen * 3;
}

__weak int both_weak(int x)
{
	return x + seen;
}

SEC("socket")
int first(void *ctx)
{
	return overridden(1) + both_weak(2);
}
