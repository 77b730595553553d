// SPDX-License-Identifier: MIT
// covers: data: .data.*, .rodata.*, .bss.*
#include "minimal.h"

const volatile int limit SEC(".rodata.limits") = 3;
int written SEC(".data.written") = 4;
long zero SEC(".bss.zero");

SEC("socket")
int use(void *ctx)
{
	written += limit;
	zero += written;
	return 0;
}
