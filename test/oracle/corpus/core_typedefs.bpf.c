// SPDX-License-Identifier: MIT
// covers: core: typedefs and modifiers
// covers: core: forward declarations
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

typedef int pid_t;
typedef struct {
	int counter;
} atomic_t;
typedef long long loff_t;
typedef const volatile loff_t cv_loff_t;
struct address_space;
struct file___x {
	struct address_space *f_mapping;
	cv_loff_t f_pos;
} __attribute__((preserve_access_index));

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	struct file___x *file = (void *)task;

	out += bpf_core_type_exists(pid_t) + bpf_core_type_size(atomic_t);
	out += bpf_core_field_offset(struct file___x, f_pos);
	return 0;
}
