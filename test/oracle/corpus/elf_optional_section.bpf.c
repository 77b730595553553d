// SPDX-License-Identifier: MIT
// covers: elf: a leading ? in the section's name
#include "minimal.h"

SEC("socket")
int on(void *ctx)
{
	return 0;
}

SEC("?socket")
int off(void *ctx)
{
	return 1;
}
