// SPDX-License-Identifier: MIT
// covers: externs: weak typed .ksyms that is missing
#include "minimal.h"

extern const int no_such_variable __ksym __weak;
unsigned long long address = 1;

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	address = (unsigned long)&no_such_variable;
	return 0;
}
