// SPDX-License-Identifier: MIT
// covers: externs: shared by several programs and a subprogram
#include "minimal.h"

extern int CONFIG_HZ __kconfig;
extern const void schedule __ksym;
unsigned long long addresses[3];

static __noinline int hertz(int index)
{
	addresses[index & 1] = (unsigned long)&schedule;
	return CONFIG_HZ;
}

SEC("tp/sched/sched_process_exit")
int on_exit(void *ctx)
{
	return hertz(0) > 1;
}

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	addresses[2] = (unsigned long)&schedule;
	return CONFIG_HZ + hertz(1) > 1;
}
