// SPDX-License-Identifier: MIT
// covers: data: sections whose size is no multiple of 8
#include "minimal.h"

char one = 1;
char zero_three[3];
const volatile char five[5] = "abcd";

SEC("socket")
int use(void *ctx)
{
	one += five[2];
	zero_three[1] = one;
	return 0;
}
