// SPDX-License-Identifier: MIT
#include "minimal.h"

struct file;

struct mm_struct {
	struct file *exe_file;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	struct mm_struct *mm;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

extern int pid;
void *exe;

SEC("tp/sched/sched_process_exit")
int second(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	exe = BPF_CORE_READ(task, mm, exe_file);
	return BPF_CORE_READ(task, pid) == pid && bpf_core_field_exists(task->mm);
}
