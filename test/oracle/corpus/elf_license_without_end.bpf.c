// SPDX-License-Identifier: MIT
// covers: elf: a license without a NUL at its end
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[3] SEC("license") = {'G', 'P', 'L'};

SEC("kprobe")
int now(void *ctx)
{
	return bpf_ktime_get_ns() > 5 ? bpf_get_prandom_u32() : 0;
}
