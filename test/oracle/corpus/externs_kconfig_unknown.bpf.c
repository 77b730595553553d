// SPDX-License-Identifier: MIT
// covers: externs: weak LINUX_* that nobody knows
#include "minimal.h"

extern int LINUX_HAS_WHAT_NOBODY_KNOWS __kconfig __weak;
extern unsigned long LINUX_KERNEL_VERSION __kconfig;

SEC("socket")
int use(void *ctx)
{
	return LINUX_HAS_WHAT_NOBODY_KNOWS + LINUX_KERNEL_VERSION;
}
