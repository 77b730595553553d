// SPDX-License-Identifier: MIT
// covers: programs: sk_msg, sk_reuseport, sk_lookup, syscall, netfilter
#include "minimal.h"

SEC("sk_msg")
int p0(void *ctx)
{
	return 1;
}

SEC("sk_reuseport")
int p1(void *ctx)
{
	return 1;
}

SEC("sk_reuseport/migrate")
int p2(void *ctx)
{
	return 1;
}

SEC("sk_lookup")
int p3(void *ctx)
{
	return 1;
}

SEC("syscall")
int p4(void *ctx)
{
	return 1;
}

SEC("netfilter")
int p5(void *ctx)
{
	return 1;
}
