// SPDX-License-Identifier: MIT
// covers: programs: an unknown section name behind a leading ?
// expect: rawbpf: bpftool wants to know the type of every program, those that are off among them
#include "minimal.h"

SEC("socket")
int on(void *ctx)
{
	return 0;
}

SEC("?nobody/knows/this")
int off(void *ctx)
{
	return 1;
}
