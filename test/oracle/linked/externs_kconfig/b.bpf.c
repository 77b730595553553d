// SPDX-License-Identifier: MIT
#include "minimal.h"

extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern int CONFIG_HZ __kconfig;
extern int CONFIG_NR_CPUS __kconfig __weak;

SEC("socket")
int second(void *ctx)
{
	return CONFIG_BPF_SYSCALL ? CONFIG_HZ : CONFIG_NR_CPUS;
}
