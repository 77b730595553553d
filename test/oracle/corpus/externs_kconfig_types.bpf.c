// SPDX-License-Identifier: MIT
// covers: externs: .kconfig char, tristate, ints of every width
// covers: externs: .kconfig places of variables of mixed alignment
#include "minimal.h"

extern char CONFIG_BPF __kconfig;
extern unsigned char CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_INET __kconfig;
extern enum libbpf_tristate CONFIG_NOBODY_HAS_THIS __kconfig __weak;
extern short CONFIG_LOG_BUF_SHIFT __kconfig;
extern unsigned short CONFIG_NR_CPUS __kconfig;
extern int CONFIG_HZ __kconfig;
extern unsigned CONFIG_PANIC_TIMEOUT __kconfig;
extern long CONFIG_PHYSICAL_START __kconfig;
extern unsigned long long CONFIG_PHYSICAL_ALIGN __kconfig;
extern unsigned char CONFIG_NOBODY_HAS_THIS_EITHER __kconfig __weak;
long sum;

SEC("socket")
int use(void *ctx)
{
	sum = CONFIG_LOG_BUF_SHIFT + CONFIG_NR_CPUS + CONFIG_HZ + CONFIG_PANIC_TIMEOUT;
	sum += CONFIG_PHYSICAL_START + CONFIG_PHYSICAL_ALIGN;
	return CONFIG_BPF + CONFIG_BPF_SYSCALL + CONFIG_INET + CONFIG_NOBODY_HAS_THIS + CONFIG_NOBODY_HAS_THIS_EITHER;
}
