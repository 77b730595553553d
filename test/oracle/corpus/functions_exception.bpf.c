// SPDX-License-Identifier: MIT
// covers: functions: exception callbacks
// clang: 19
#include "minimal.h"

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int handle(__u64 cookie)
{
	return cookie + 1;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:handle")))
int use(struct __sk_buff *ctx)
{
	if (ctx->len > 1000)
		bpf_throw(5);
	return 0;
}
