// SPDX-License-Identifier: MIT
// covers: programs: struct_ops that the kernel cannot have fail (a struct that is no table)
// expect: fails
#include "minimal.h"

struct sock;
struct task_struct {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	int pid;
	char name[16];
};

SEC("struct_ops")
__u32 ssthresh(void *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct task_struct ops = {
	.ssthresh = (void *)ssthresh,
	.name = "rawbpf_oracle",
	
};
