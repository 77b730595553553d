// SPDX-License-Identifier: MIT
// covers: core: enumerator existence and value
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

enum bpf_map_type___local {
	NO_SUCH_TYPE = 3,
	BPF_MAP_TYPE_HASH___x = 77,
};

enum no_such_enum {
	NO_SUCH_VALUE = 5,
};

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	out += bpf_core_enum_value(enum bpf_map_type___local, BPF_MAP_TYPE_HASH___x);
	out += bpf_core_enum_value_exists(enum bpf_map_type___local, NO_SUCH_TYPE);
	out += bpf_core_enum_value_exists(enum no_such_enum, NO_SUCH_VALUE);
	return 0;
}
