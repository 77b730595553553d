// SPDX-License-Identifier: MIT
// covers: core: a large unsigned enumerator that is missing is refused
// expect: fails
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

enum bpf_ret_code___x {
	HUGE_ONE = 0x80000001,
};

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out += bpf_core_enum_value(enum bpf_ret_code___x, HUGE_ONE);
	return 0;
}
