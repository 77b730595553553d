// SPDX-License-Identifier: MIT
// covers: linking: CO-RE relocations of both objects
// covers: linking: forward declarations that the other object resolves
// clang: 14
#include "minimal.h"

struct mm_struct;

struct task_struct {
	int pid;
	struct mm_struct *mm;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

int pid;

SEC("tp/sched/sched_process_exit")
int first(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	pid = BPF_CORE_READ(task, group_leader, pid);
	return bpf_core_type_size(struct task_struct) > 0 && BPF_CORE_READ(task, mm) != 0;
}
