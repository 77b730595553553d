// SPDX-License-Identifier: MIT
#include "minimal.h"

struct shared {
	int a;
	long b;
};

extern struct shared shared;

SEC("socket")
int second(void *ctx)
{
	return shared.b;
}
