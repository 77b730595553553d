// SPDX-License-Identifier: MIT
// covers: externs: typeless .ksyms
#include "minimal.h"

extern const void init_task __ksym;
extern const void no_such_symbol __ksym __weak;

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	return &init_task != 0 && &no_such_symbol == 0;
}
