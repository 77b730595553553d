// SPDX-License-Identifier: MIT
// covers: linking: an extern array of unknown length
// covers: linking: const and typedefs, which are no difference
#include "minimal.h"

typedef int number;
extern number table[];
extern const volatile long fixed;
extern struct point point;

struct point {
	int x, y;
};

SEC("socket")
int first(void *ctx)
{
	return table[2] + fixed + point.y;
}
