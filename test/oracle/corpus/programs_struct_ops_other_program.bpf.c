// SPDX-License-Identifier: MIT
// covers: programs: struct_ops maps with programs of another type fail
// expect: fails
#include "minimal.h"

struct sock;
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	char name[16];
};

SEC("tc")
int classify(struct __sk_buff *skb)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.ssthresh = (void *)classify,
	.name = "rawbpf_oracle",
};
