// SPDX-License-Identifier: MIT
#include "minimal.h"

__hidden int counter = 3;

__hidden __attribute__((noinline)) int add(int x)
{
	counter += x;
	return counter;
}

__hidden __attribute__((noinline)) int visible_here(int x)
{
	return x + counter;
}
