// SPDX-License-Identifier: MIT
// covers: programs: ?.struct_ops and ?.struct_ops.link are left out
#include "minimal.h"

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops")
__u32 ssthresh(void *ctx)
{
	return 2;
}

SEC("struct_ops")
__u32 undo_cwnd(void *ctx)
{
	return 3;
}

SEC(".struct_ops")
struct tcp_congestion_ops wanted = {
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rawbpf_wanted",
};

SEC("?.struct_ops")
struct tcp_congestion_ops spare = {
	.ssthresh = (void *)ssthresh,
	.name = "rawbpf_spare",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops spare_link = {
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rawbpf_spare2",
};
