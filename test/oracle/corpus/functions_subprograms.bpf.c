// SPDX-License-Identifier: MIT
// covers: functions: static and global subprograms in .text
// covers: functions: func_info and line_info of appended subprograms
#include "minimal.h"

int counter;

static __noinline int inner(int x)
{
	counter += x;
	return counter * 3;
}

__noinline int global(int x)
{
	return inner(x) + inner(x + 1);
}

static __noinline int unused_by_second(int x)
{
	return x ? counter + 2 : global(x);
}

SEC("socket")
int first(void *ctx)
{
	return global(3) + unused_by_second(counter);
}

SEC("socket")
int second(void *ctx)
{
	return inner(4);
}
