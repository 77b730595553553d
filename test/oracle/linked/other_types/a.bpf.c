// SPDX-License-Identifier: MIT
// covers: linking: a variable of another type is refused
// expect: fails
#include "minimal.h"

struct shared {
	int a;
	int b;
};

struct shared shared;

SEC("socket")
int first(void *ctx)
{
	return shared.b;
}
