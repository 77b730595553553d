// SPDX-License-Identifier: MIT
#include "minimal.h"

extern int of_the_kernel(int x) __ksym;

SEC("socket")
int second(void *ctx)
{
	return of_the_kernel(2);
}
