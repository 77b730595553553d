// SPDX-License-Identifier: MIT
// covers: data: static variables inside of functions
#include "minimal.h"

SEC("socket")
int use(void *ctx)
{
	static int count;
	static int from = 5;

	count += from;
	from++;
	return count;
}
