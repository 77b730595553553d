// SPDX-License-Identifier: MIT
// covers: externs: kfunc called from a subprogram, and by several programs
// clang: 14
#include "minimal.h"

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

static __noinline int locked(int x)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return x + 1;
}

SEC("syscall")
int first(void *ctx)
{
	return locked(1);
}

SEC("syscall")
int second(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return locked(2);
}
