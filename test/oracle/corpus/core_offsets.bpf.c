// SPDX-License-Identifier: MIT
// covers: core: byte offset
// covers: core: anonymous members, arrays
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

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	char comm[16];

	out += BPF_CORE_READ(task, pid);
	out += BPF_CORE_READ(task, real_parent, tgid);
	out += BPF_CORE_READ(task, mm, total_vm);
	bpf_core_read(&comm, sizeof(comm), &task->comm);
	out += comm[0] + BPF_CORE_READ(task, comm[3]);
	return 0;
}
