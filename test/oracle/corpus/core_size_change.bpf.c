// SPDX-License-Identifier: MIT
// covers: core: the kernel's field has another size
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

struct task_struct___narrow {
	unsigned int utime;
	unsigned long long flags;
} __attribute__((preserve_access_index));

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	struct task_struct___narrow *self = (void *)bpf_get_current_task_btf();

	out += self->utime;
	out += self->flags;
	return 0;
}
