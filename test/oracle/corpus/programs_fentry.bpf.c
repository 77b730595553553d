// SPDX-License-Identifier: MIT
// covers: programs: fentry, fexit, fmod_ret
// expect: alike: a kernel without trampolines for functions refuses them
#include "minimal.h"

SEC("fentry/do_exit")
int p0(void *ctx)
{
	return 0;
}

SEC("fexit/do_nanosleep")
int p1(void *ctx)
{
	return 0;
}

SEC("fentry.s/__x64_sys_nanosleep")
int p2(void *ctx)
{
	return 0;
}

SEC("fmod_ret/security_file_open")
int p3(void *ctx)
{
	return 0;
}
