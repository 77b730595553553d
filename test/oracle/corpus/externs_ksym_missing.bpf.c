// SPDX-License-Identifier: MIT
// covers: externs: strong .ksyms that is missing fails
// expect: fails
#include "minimal.h"

extern const void no_such_symbol __ksym;

unsigned long long address;

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	address = (unsigned long)&no_such_symbol;
	return 0;
}
