// SPDX-License-Identifier: MIT
#include "minimal.h"

static int unused_function(int x)
{
	return x + 2;
}

static int second_function(int x)
{
	return x * 3;
}

SEC("socket")
int second(void *ctx)
{
	return 0;
}

void *second_table[] = { (void *)unused_function, (void *)second_function, (void *)second };
