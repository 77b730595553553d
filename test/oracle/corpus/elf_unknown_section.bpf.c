// SPDX-License-Identifier: MIT
// covers: elf: an unknown section name
// expect: fails
#include "minimal.h"

SEC("nobody/knows/this")
int answer(void *ctx)
{
	return 0;
}
