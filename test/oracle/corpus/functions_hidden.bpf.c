// SPDX-License-Identifier: MIT
// covers: functions: __hidden
// covers: functions: weak functions
#include "minimal.h"

int counter;

__hidden __noinline int hidden_one(int x)
{
	counter += x;
	return counter;
}

__weak int weak_one(int x)
{
	return x + counter;
}

SEC("socket")
int use(void *ctx)
{
	return hidden_one(3) + weak_one(4);
}
