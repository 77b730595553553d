// SPDX-License-Identifier: MIT
// covers: programs: struct_ops maps with their programs
#include "minimal.h"

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/ssthresh")
__u32 oracle_ssthresh(void *ctx)
{
	return 2;
}

SEC("struct_ops")
void oracle_cong_avoid(void *ctx)
{
}

SEC("struct_ops/undo_cwnd")
__u32 oracle_undo_cwnd(void *ctx)
{
	return 3;
}

SEC(".struct_ops")
struct tcp_congestion_ops oracle = {
	.ssthresh = (void *)oracle_ssthresh,
	.cong_avoid = (void *)oracle_cong_avoid,
	.undo_cwnd = (void *)oracle_undo_cwnd,
	.name = "rawbpf_oracle",
};
