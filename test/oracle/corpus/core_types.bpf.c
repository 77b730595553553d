// SPDX-License-Identifier: MIT
// covers: core: type existence, type size, local and target type id
// clang: 14
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

struct no_such_struct {
	int x;
};

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out += bpf_core_type_exists(struct task_struct);
	out += bpf_core_type_exists(struct no_such_struct);
	out += bpf_core_type_size(struct mm_struct);
	out += bpf_core_type_id_local(struct task_struct);
	out += bpf_core_type_id_kernel(struct task_struct);
	out += bpf_core_type_id_kernel(struct no_such_struct);
	return 0;
}
