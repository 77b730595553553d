// SPDX-License-Identifier: MIT
#include "minimal.h"

short two_bytes = 100;
const volatile short short_constant = 200;
char odd[3];
SEC(".rodata.named") const volatile long other_fixed = 300;

SEC("socket")
int third(void *ctx)
{
	bpf_printk("third %d %d", 1, 2);
	return two_bytes + short_constant + odd[1] + other_fixed;
}
