// SPDX-License-Identifier: MIT
// covers: linking: declaration and type tags of both objects
// clang: 19
#include "minimal.h"

#define __tagged(x) __attribute__((btf_decl_tag(x)))

struct tagged {
	int value __tagged("of a member");
} __tagged("of a struct");

__attribute__((noinline)) __tagged("of a function") int defined(int x __tagged("of a parameter"))
{
	return x;
}

struct tagged variable __tagged("of a variable");

SEC("socket")
int first(void *ctx)
{
	return defined(variable.value);
}
