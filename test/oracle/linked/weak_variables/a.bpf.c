// SPDX-License-Identifier: MIT
// covers: linking: a weak variable that another object overrides
// expect: rawbpf: libbpf leaves the variable's place in BTF where the weak one was
#include "minimal.h"

__weak int setting = 1;
int other = 2;

SEC("socket")
int first(void *ctx)
{
	return setting + other;
}
