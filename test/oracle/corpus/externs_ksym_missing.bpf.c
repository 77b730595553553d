// SPDX-License-Identifier: MIT
// covers: externs: strong .ksyms that is missing fails
// expect: fails
#include "minimal.h"

extern const void no_such_symbol __ksym;

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	return &no_such_symbol != 0;
}
