// SPDX-License-Identifier: MIT
// covers: linking: two strong definitions are refused
// expect: fails
#include "minimal.h"

int twice_there = 1;

SEC("socket")
int first(void *ctx)
{
	return twice_there;
}
