// SPDX-License-Identifier: MIT
// covers: elf: more sections than 16 bits count (SHN_XINDEX)
// expect: rawbpf: libbpf takes the indexes in the symbol table itself, which say SHN_XINDEX
#include "minimal.h"

/* 66,000 sections that nobody needs; the names of debug information are passed over in silence. */
asm(".macro nobody n\n"
    ".pushsection .debug_nobody_\\n,\"\",@progbits\n"
    ".byte 1\n"
    ".popsection\n"
    ".endm\n"
    ".set count, 0\n"
    ".rept 66000\n"
    ".altmacro\n"
    "nobody %count\n"
    ".noaltmacro\n"
    ".set count, count+1\n"
    ".endr\n");

int number SEC(".data.late");

SEC("socket")
int behind(void *ctx)
{
	return number;
}
