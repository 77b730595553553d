// SPDX-License-Identifier: MIT
// covers: programs: a license that is not GPL-compatible, a helper that needs one fails
// expect: fails
// flags: -DLICENSE_TEXT="Proprietary"
#include "minimal.h"

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	bpf_printk("%d", 1);
	return 0;
}
