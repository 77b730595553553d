// SPDX-License-Identifier: MIT
// covers: programs: lsm, lsm_cgroup
// expect: alike: a kernel without the BPF LSM refuses them
#include "minimal.h"

SEC("lsm/file_open")
int p0(void *ctx)
{
	return 0;
}

SEC("lsm.s/bpf")
int p1(void *ctx)
{
	return 0;
}

SEC("lsm_cgroup/socket_bind")
int p2(void *ctx)
{
	return 0;
}
