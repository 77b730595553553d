// SPDX-License-Identifier: MIT
// covers: linking: objects of other byte orders are refused
// expect: fails
#include "minimal.h"

SEC("socket")
int first(void *ctx)
{
	return 0;
}
