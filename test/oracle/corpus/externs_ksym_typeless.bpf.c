// SPDX-License-Identifier: MIT
// covers: externs: typeless .ksyms
#include "minimal.h"

extern const void schedule __ksym;
extern const void no_such_symbol __ksym __weak;

unsigned long long addresses[2];

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	addresses[0] = (unsigned long)&schedule;
	addresses[1] = (unsigned long)&no_such_symbol;
	return 0;
}
