// SPDX-License-Identifier: MIT
// covers: linking: sections of one name with other alignments
// covers: linking: .data, .rodata, .bss and sections with names of their own
#include "minimal.h"

char one_byte = 1;
const volatile char constant = 2;
char zero_byte;
SEC(".data.named") char named = 3;
SEC(".rodata.named") const volatile short fixed = 4;
static volatile char hidden_byte = 5;

SEC("socket")
int first(void *ctx)
{
	bpf_printk("first");
	return one_byte + constant + zero_byte + named + fixed + hidden_byte;
}
