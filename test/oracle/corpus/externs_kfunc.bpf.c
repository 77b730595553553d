// SPDX-License-Identifier: MIT
// covers: externs: kfuncs of vmlinux
// covers: externs: weak kfunc that is missing
// clang: 14
#include "minimal.h"

struct task_struct {
	int pid;
};

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int no_such_kfunc(int) __ksym __weak;

SEC("syscall")
int use(void *ctx)
{
	struct task_struct *task;

	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	if (bpf_ksym_exists(no_such_kfunc))
		return no_such_kfunc(1);
	task = bpf_task_from_pid(1);
	if (task)
		bpf_task_release(task);
	return 0;
}
