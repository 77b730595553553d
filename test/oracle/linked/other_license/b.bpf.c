// SPDX-License-Identifier: MIT
#define LICENSE_TEXT "GPL"
#include "minimal.h"

SEC("socket")
int second(void *ctx)
{
	return 0;
}
