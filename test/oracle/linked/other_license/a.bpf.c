// SPDX-License-Identifier: MIT
// covers: linking: another license is refused
// expect: fails
#include "minimal.h"

SEC("socket")
int first(void *ctx)
{
	return 0;
}
