// SPDX-License-Identifier: MIT
#include "minimal.h"

#define __tagged(x) __attribute__((btf_decl_tag(x)))

struct tagged {
	int value __tagged("of a member");
} __tagged("of a struct");

int defined(int x);
extern struct tagged variable;

SEC("socket")
int second(void *ctx)
{
	return defined(variable.value) + 1;
}
