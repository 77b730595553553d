// SPDX-License-Identifier: MIT
// covers: programs: struct_ops.link, flavours of the struct
// covers: programs: struct_ops members that the kernel does not have, zero
// covers: programs: struct_ops data members
// covers: programs: struct_ops/NAME, ?struct_ops loaded for its map
#include "minimal.h"

struct sock;
struct ack_sample;

struct tcp_congestion_ops___mine {
	void (*not_in_this_kernel)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*ssthresh)(struct sock *sk);
	void (*pkts_acked)(struct sock *sk, const struct ack_sample *sample);
	__u64 no_such_data[2];
	__u32 flags;
	void *owner;
};

SEC("struct_ops/ssthresh")
__u32 ssthresh(void *ctx)
{
	return 2;
}

SEC("struct_ops")
void cong_avoid(void *ctx)
{
}

SEC("?struct_ops/undo_cwnd")
__u32 undo_cwnd(void *ctx)
{
	return 3;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___mine first = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.flags = 2,
	.name = "rawbpf_first",
};

/* Programs may be shared, for the same member. */
SEC(".struct_ops.link")
struct tcp_congestion_ops___mine second = {
	.ssthresh = (void *)ssthresh,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "rawbpf_second",
};
