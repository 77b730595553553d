// SPDX-License-Identifier: MIT
#include "minimal.h"

__attribute__((noinline)) int in_c(int x)
{
	return x ^ 0x55;
}
