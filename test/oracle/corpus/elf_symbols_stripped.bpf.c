// SPDX-License-Identifier: MIT
// covers: elf: no symbol table (llvm-strip --strip-all)
// expect: fails
// then: llvm-strip --strip-all
#include "minimal.h"

SEC("socket")
int nameless(void *ctx)
{
	return 0;
}
