// SPDX-License-Identifier: MIT
// covers: elf: an object without BTF, with data sections
// flags: -g0
#include "minimal.h"

static volatile const int limit = 7;
int counter;

SEC("socket")
int answer(void *ctx)
{
	counter += limit;
	return 0;
}
