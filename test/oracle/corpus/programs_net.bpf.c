// SPDX-License-Identifier: MIT
// covers: programs: socket, xdp, tc, tcx, netkit, sk_skb, flow_dissector, lwt
#include "minimal.h"

SEC("socket")
int p0(struct __sk_buff *ctx)
{
	return 0;
}

SEC("xdp")
int p1(struct xdp_md *ctx)
{
	return 0;
}

SEC("xdp.frags")
int p2(struct xdp_md *ctx)
{
	return 0;
}

SEC("tc")
int p3(struct __sk_buff *ctx)
{
	return 0;
}

SEC("tcx/ingress")
int p4(struct __sk_buff *ctx)
{
	return 0;
}

SEC("classifier")
int p5(struct __sk_buff *ctx)
{
	return 0;
}

SEC("action")
int p6(struct __sk_buff *ctx)
{
	return 0;
}

SEC("netkit/primary")
int p7(struct __sk_buff *ctx)
{
	return 0;
}

SEC("sk_skb/stream_verdict")
int p8(struct __sk_buff *ctx)
{
	return 0;
}

SEC("flow_dissector")
int p9(struct __sk_buff *ctx)
{
	return 0;
}

SEC("lwt_in")
int p10(struct __sk_buff *ctx)
{
	return 0;
}

SEC("lwt_xmit")
int p11(struct __sk_buff *ctx)
{
	return 0;
}
