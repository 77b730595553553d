// SPDX-License-Identifier: MIT
// covers: programs: of three, two fail for reasons of their own
// expect: fails
#include "minimal.h"

SEC("socket")
int fine(void *ctx)
{
	return 0;
}

SEC("nobody/knows/this")
int lost(void *ctx)
{
	return 0;
}

SEC("tp_btf/no_such_tracepoint_anywhere")
int gone(void *ctx)
{
	return 0;
}
