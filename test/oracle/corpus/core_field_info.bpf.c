// SPDX-License-Identifier: MIT
// covers: core: field existence, size, signedness
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

	out += bpf_core_field_exists(task->pid) + bpf_core_field_size(task->comm);
	out += __builtin_preserve_field_info(task->pid, BPF_FIELD_SIGNED);
	out += bpf_core_field_offset(task->flags);
	return 0;
}
