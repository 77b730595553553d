// SPDX-License-Identifier: MIT
// covers: externs: LINUX_HAS_BPF_COOKIE, LINUX_HAS_SYSCALL_WRAPPER
#include "minimal.h"

extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;

SEC("socket")
int use(void *ctx)
{
	return LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER;
}
