// SPDX-License-Identifier: MIT
// covers: functions: bpf_throw() without a callback, from a subprogram
// clang: 19
#include "minimal.h"

extern void bpf_throw(__u64 cookie) __ksym;

static __noinline int check(__u64 length)
{
	if (length > 1000)
		bpf_throw(length);
	return 0;
}

SEC("tc")
int use(struct __sk_buff *ctx)
{
	return check(ctx->len);
}
