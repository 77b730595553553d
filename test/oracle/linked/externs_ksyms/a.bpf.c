// SPDX-License-Identifier: MIT
// covers: linking: .ksyms externs and kfuncs of both objects
// clang: 14
#include "minimal.h"

struct task_struct {
	int pid;
};

extern const void bpf_prog_active __ksym __weak;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

SEC("syscall")
int first(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (task)
		bpf_task_release(task);
	return &bpf_prog_active != 0;
}
