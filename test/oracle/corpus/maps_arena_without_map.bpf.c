// SPDX-License-Identifier: MIT
// covers: data: __arena globals without an arena fail
// expect: fails
// clang: 19
// flags: -mcpu=v4
#include "minimal.h"

int __attribute__((address_space(1))) variable = 7;

SEC("syscall")
int use(void *ctx)
{
	return variable;
}
