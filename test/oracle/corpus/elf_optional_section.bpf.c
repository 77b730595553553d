// SPDX-License-Identifier: MIT
// covers: elf: a leading ? in the section's name
// expect: rawbpf: bpftool cannot pin a program that it was told not to load
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
