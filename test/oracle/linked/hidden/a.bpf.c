// SPDX-License-Identifier: MIT
// covers: linking: hidden functions and variables
#include "minimal.h"

extern __hidden int counter;
__hidden int add(int x);
int visible_here(int x);

SEC("socket")
int first(void *ctx)
{
	return add(counter) + visible_here(1);
}
