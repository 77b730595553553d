// SPDX-License-Identifier: MIT
// covers: functions: many subprograms, deep calls
#include "minimal.h"

static __noinline int f0(int x)
{
	x += bpf_get_prandom_u32();
	return x;
}

static __noinline int f1(int x)
{
	x += bpf_get_prandom_u32();
	return f0(x) + 1;
}

static __noinline int f2(int x)
{
	x += bpf_get_prandom_u32();
	return f1(x) + 2;
}

static __noinline int f3(int x)
{
	x += bpf_get_prandom_u32();
	return f2(x) + 3;
}

static __noinline int f4(int x)
{
	x += bpf_get_prandom_u32();
	return f3(x) + 4;
}

static __noinline int f5(int x)
{
	x += bpf_get_prandom_u32();
	return f4(x) + 5;
}

SEC("socket")
int use(void *ctx)
{
	return f5(1) + f2(3) + f0(4);
}
