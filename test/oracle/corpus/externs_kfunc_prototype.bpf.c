// SPDX-License-Identifier: MIT
// covers: externs: strong kfunc of another prototype fails
// expect: fails
// clang: 14
#include "minimal.h"

extern void bpf_rcu_read_lock(int level) __ksym;

SEC("syscall")
int use(void *ctx)
{
	bpf_rcu_read_lock(1);
	return 0;
}
