// SPDX-License-Identifier: MIT
// covers: linking: programs of one section
#include "minimal.h"

SEC("socket")
int first(void *ctx)
{
	return 1;
}
