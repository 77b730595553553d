// SPDX-License-Identifier: MIT
// covers: externs: .kconfig beside .rodata, which is bound to every program
#include "minimal.h"

extern int CONFIG_HZ __kconfig;
const volatile int limit = 5;
int result;

SEC("socket")
int with_both(void *ctx)
{
	result = limit;
	return CONFIG_HZ;
}

SEC("socket")
int with_neither(void *ctx)
{
	return 0;
}
