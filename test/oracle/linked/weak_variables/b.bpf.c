// SPDX-License-Identifier: MIT
#include "minimal.h"

int before = 3;
int setting = 4;

SEC("socket")
int second(void *ctx)
{
	return setting + before;
}
