// SPDX-License-Identifier: MIT
#include "minimal.h"

struct point {
	int x, y;
};

int table[4] = { 1, 2, 3, 4 };
long fixed = 6;
struct point point = { 7, 8 };

SEC("socket")
int second(void *ctx)
{
	return table[1];
}
