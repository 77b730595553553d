// SPDX-License-Identifier: MIT
// covers: functions: several programs in one section
#include "minimal.h"

SEC("socket")
int first(void *ctx)
{
	return 1;
}

SEC("socket")
int second(void *ctx)
{
	return 2;
}

SEC("socket")
int third(struct __sk_buff *ctx)
{
	return ctx->len;
}
