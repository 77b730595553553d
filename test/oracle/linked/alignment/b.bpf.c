// SPDX-License-Identifier: MIT
#include "minimal.h"

struct wide {
	long values[4];
} __attribute__((aligned(64)));

long eight_bytes = 10;
const volatile long long_constant = 20;
struct wide zeros;
SEC(".data.named") int other_named = 30;
static volatile int hidden_word = 40;

SEC("socket")
int second(void *ctx)
{
	bpf_printk("second %d", 1);
	return eight_bytes + long_constant + zeros.values[3] + other_named + hidden_word;
}
