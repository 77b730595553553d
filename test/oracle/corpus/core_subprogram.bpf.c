// SPDX-License-Identifier: MIT
// covers: core: relocations in subprograms
// covers: core: the same type in several programs
#include "minimal.h"

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
	unsigned long flags;
	unsigned int sched_reset_on_fork : 1;
	unsigned int in_execve : 1;
	struct task_struct *real_parent;
	struct mm_struct *mm;
} __attribute__((preserve_access_index));

struct mm_struct {
	struct {
		unsigned long total_vm;
	};
} __attribute__((preserve_access_index));

static __noinline int pid_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, pid);
}

SEC("raw_tp/sys_exit")
int other(void *ctx)
{
	return pid_of((void *)bpf_get_current_task());
}

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out += pid_of(task) + BPF_CORE_READ(task, tgid);
	return 0;
}
