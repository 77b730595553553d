// SPDX-License-Identifier: MIT
// covers: linking: .kconfig externs of both objects
#include "minimal.h"

extern unsigned LINUX_KERNEL_VERSION __kconfig;
extern int CONFIG_HZ __kconfig __weak;
extern int CONFIG_NR_CPUS __kconfig __weak;

SEC("socket")
int first(void *ctx)
{
	return LINUX_KERNEL_VERSION > 5 ? CONFIG_HZ : CONFIG_NR_CPUS;
}
