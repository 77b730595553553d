// SPDX-License-Identifier: MIT
// covers: elf: the other byte order is refused
// expect: fails
// flags: --target=bpfeb
#include "minimal.h"

SEC("socket")
int answer(void *ctx)
{
	return 0;
}
