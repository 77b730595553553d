// SPDX-License-Identifier: MIT
#include "minimal.h"

SEC("socket")
int second(void *ctx)
{
	return 2;
}
