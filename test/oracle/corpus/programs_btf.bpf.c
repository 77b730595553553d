// SPDX-License-Identifier: MIT
// covers: programs: fentry, fexit, fmod_ret, tp_btf, lsm by BTF
#include "minimal.h"

SEC("fentry/bpf_prog_load")
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

SEC("tp_btf/sched_process_exit")
int p4(void *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int p5(void *ctx)
{
	return 0;
}

SEC("lsm.s/bpf")
int p6(void *ctx)
{
	return 0;
}

SEC("lsm_cgroup/socket_bind")
int p7(void *ctx)
{
	return 0;
}
