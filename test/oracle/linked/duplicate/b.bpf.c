// SPDX-License-Identifier: MIT
#include "minimal.h"

int twice_there = 2;

SEC("socket")
int second(void *ctx)
{
	return twice_there;
}
