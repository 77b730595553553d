// SPDX-License-Identifier: MIT
// covers: programs: freplace without a target fails
// expect: fails
#include "minimal.h"

SEC("freplace/handler")
int p0(void *ctx)
{
	return 0;
}
