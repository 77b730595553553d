// SPDX-License-Identifier: MIT
// covers: externs: .kconfig bool, tristate, int, string
// covers: externs: LINUX_KERNEL_VERSION
#include "minimal.h"

extern unsigned LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_NET __kconfig;
extern int CONFIG_HZ __kconfig;
extern const char CONFIG_DEFAULT_HOSTNAME[16] __kconfig;
unsigned result;

SEC("socket")
int use(void *ctx)
{
	result = LINUX_KERNEL_VERSION + CONFIG_HZ + CONFIG_DEFAULT_HOSTNAME[0];
	return CONFIG_BPF_SYSCALL && CONFIG_NET == TRI_YES;
}
