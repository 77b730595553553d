// SPDX-License-Identifier: MIT
// covers: functions: subprograms in the section of the program
// expect: rawbpf: libbpf refuses static functions in a section of programs
#include "minimal.h"

int counter;

SEC("socket") static __noinline int helper(int x)
{
	counter += x;
	return counter;
}

SEC("socket")
int first(void *ctx)
{
	return helper(3);
}

SEC("tp/sched/sched_process_exit")
int second(void *ctx)
{
	return helper(4);
}
