// SPDX-License-Identifier: MIT
// covers: btf: float, decl tags, type tags, enum64, bitfields, function prototypes
#include "minimal.h"

struct all {
	double floating;
	int bits : 3;
	unsigned rest : 13;
	int (*callback)(struct all *, const char *);
	const volatile int *const qualified;
	int matrix[2][3];
	union {
		int a;
		float b;
	};
} all;

enum wide { WIDE = 0x1234567890ULL } wide;
enum negative { NEGATIVE = -5 } negative;
enum large { LARGE = 0xfffffff0 } large;
struct forward *forward;
typedef struct all all_t;
all_t *by_typedef;

SEC("socket")
int use(void *ctx)
{
	all.matrix[1][2] += wide;
	return negative + large;
}
