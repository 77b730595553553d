// SPDX-License-Identifier: MIT
// covers: programs: struct_ops that the kernel cannot have fail (no such struct)
// expect: fails
#include "minimal.h"

struct sock;
struct rawbpf_no_such_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	__u32 flags;
	char name[16];
};

SEC("struct_ops")
__u32 ssthresh(void *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct rawbpf_no_such_ops ops = {
	.ssthresh = (void *)ssthresh,
	.name = "rawbpf_oracle",
	
};
