// SPDX-License-Identifier: MIT
// covers: data: string literals in .rodata.str1.1
#include "minimal.h"

SEC("tp/sched/sched_process_exit")
int use(void *ctx)
{
	bpf_printk("first %d", 1);
	bpf_printk("second %s", "text");
	return 0;
}
