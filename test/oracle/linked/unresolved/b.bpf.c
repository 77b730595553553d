// SPDX-License-Identifier: MIT
#include "minimal.h"

extern int missing;
int missing_function(int x);

SEC("socket")
int second(void *ctx)
{
	return missing + missing_function(2);
}
