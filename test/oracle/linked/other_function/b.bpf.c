// SPDX-License-Identifier: MIT
#include "minimal.h"

int shared(int x, int y);

SEC("socket")
int second(void *ctx)
{
	return shared(1, 2);
}
