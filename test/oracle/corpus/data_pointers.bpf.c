// SPDX-License-Identifier: MIT
// covers: data: pointers to functions and data in data sections are refused or relocated alike
#include "minimal.h"

int counter = 5;
int *pointer = &counter;

SEC("socket")
int use(void *ctx)
{
	return counter;
}
