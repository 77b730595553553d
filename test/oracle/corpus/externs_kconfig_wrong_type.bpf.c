// SPDX-License-Identifier: MIT
// covers: externs: .kconfig value of another type fails
// expect: fails
#include "minimal.h"

extern int CONFIG_BPF_SYSCALL __kconfig;

SEC("socket")
int use(void *ctx)
{
	return CONFIG_BPF_SYSCALL;
}
