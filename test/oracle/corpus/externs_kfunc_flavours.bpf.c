// SPDX-License-Identifier: MIT
// covers: externs: flavours of a kfunc, of which one fits
// covers: externs: weak kfunc of another prototype is missing
// covers: externs: weak kfunc that is there, asked for by bpf_ksym_exists()
// clang: 14
#include "minimal.h"

struct task_struct;

extern struct task_struct *bpf_task_from_pid___now(int pid) __ksym __weak;
extern struct task_struct *bpf_task_from_pid___never(int pid, void *more) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;

SEC("syscall")
int use(void *ctx)
{
	struct task_struct *task = 0;

	if (bpf_ksym_exists(bpf_task_from_pid___never))
		task = bpf_task_from_pid___never(1, 0);
	else if (bpf_ksym_exists(bpf_task_from_pid___now))
		task = bpf_task_from_pid___now(1);
	if (task && bpf_ksym_exists(bpf_task_release))
		bpf_task_release(task);
	else if (task)
		return 1;
	return 0;
}
