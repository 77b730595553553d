// SPDX-License-Identifier: MIT
// covers: data: a section that is made longer and does not end with an array
// resize: .data.plain 100
#include "minimal.h"

int array[2] SEC(".data.plain") = { 1, 2 };
int last SEC(".data.plain") = 3;

SEC("socket")
int use(void *ctx)
{
	return array[1] + last++;
}
