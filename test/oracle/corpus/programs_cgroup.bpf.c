// SPDX-License-Identifier: MIT
// covers: programs: cgroup hooks
#include "minimal.h"

SEC("cgroup_skb/ingress")
int p0(struct __sk_buff *ctx)
{
	return 1;
}

SEC("cgroup_skb/egress")
int p1(struct __sk_buff *ctx)
{
	return 1;
}

SEC("cgroup/skb")
int p2(struct __sk_buff *ctx)
{
	return 1;
}

SEC("cgroup/sock_create")
int p3(void *ctx)
{
	return 1;
}

SEC("cgroup/sock_release")
int p4(void *ctx)
{
	return 1;
}

SEC("cgroup/post_bind4")
int p5(void *ctx)
{
	return 1;
}

SEC("cgroup/dev")
int p6(void *ctx)
{
	return 1;
}

SEC("cgroup/bind4")
int p7(void *ctx)
{
	return 1;
}

SEC("cgroup/bind6")
int p8(void *ctx)
{
	return 1;
}

SEC("cgroup/connect4")
int p9(void *ctx)
{
	return 1;
}

SEC("cgroup/sendmsg4")
int p10(void *ctx)
{
	return 1;
}

SEC("cgroup/sysctl")
int p11(void *ctx)
{
	return 1;
}

SEC("cgroup/getsockopt")
int p12(void *ctx)
{
	return 1;
}

SEC("cgroup/setsockopt")
int p13(void *ctx)
{
	return 1;
}

SEC("sockops")
int p14(void *ctx)
{
	return 1;
}
