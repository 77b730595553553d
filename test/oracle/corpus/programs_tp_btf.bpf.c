// SPDX-License-Identifier: MIT
// covers: programs: tp_btf
#include "minimal.h"

SEC("tp_btf/sched_process_exit")
int p0(void *ctx)
{
	return 0;
}
