// SPDX-License-Identifier: MIT
// covers: externs: functions and symbols beside each other in .ksyms, unnamed parameters
// clang: 14
#include "minimal.h"

struct cgroup {
	int level;
};

extern const void schedule __ksym;
extern const int no_such_variable __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64) __ksym;
extern void bpf_cgroup_release(struct cgroup *) __ksym;
unsigned long long address;

SEC("syscall")
int use(void *ctx)
{
	struct cgroup *cgroup;

	address = (unsigned long)&schedule;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	cgroup = bpf_cgroup_from_id(1);
	if (cgroup)
		bpf_cgroup_release(cgroup);
	return &no_such_variable ? no_such_variable : 0;
}
