// SPDX-License-Identifier: MIT
#include "minimal.h"

struct task_struct {
	int pid;
};

extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("syscall")
int second(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(2);

	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	if (task)
		bpf_task_release(task);
	return 0;
}
