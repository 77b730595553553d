// SPDX-License-Identifier: MIT
// covers: externs: typed .ksyms
// expect: alike: a kernel without CONFIG_KALLSYMS_ALL does not know where variables are
#include "minimal.h"

struct rq {
	unsigned nr_running;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;
extern const int bpf_prog_active __ksym;
extern const int no_such_variable __ksym __weak;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);
	int *active = bpf_this_cpu_ptr(&bpf_prog_active);

	if (&no_such_variable)
		return no_such_variable;
	return *active + (rq ? rq->nr_running : 0);
}
