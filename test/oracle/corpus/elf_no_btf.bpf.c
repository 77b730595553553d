// SPDX-License-Identifier: MIT
// covers: elf: an object without BTF, with a program only
// flags: -g0
#include "minimal.h"

SEC("socket")
int answer(void *ctx)
{
	return 0;
}
