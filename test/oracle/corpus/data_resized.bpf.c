// SPDX-License-Identifier: MIT
// covers: data: the last array of a section, made longer or shorter
// resize: .data.samples 4104
// resize: .bss 1216
// resize: .rodata.table 16
// resize: .data.grid 96
#include "minimal.h"

struct sample {
	long value;
	char name[8];
};

int count SEC(".data.samples") = 3;
long samples[2] SEC(".data.samples") = { 5, 6 };
const volatile int table[8] SEC(".rodata.table") = { 1, 2, 3, 4, 5, 6, 7, 8 };
typedef int row[4];
row grid[2] SEC(".data.grid") = { { 1 }, { 2 } };
struct sample seen[1];

SEC("socket")
int use(void *ctx)
{
	samples[count & 1] += table[1];
	seen[0].value += samples[1];
	return seen[0].value + grid[1][0];
}
