/* SPDX-License-Identifier: MIT */
#pragma once
#include "minimal.h"

enum colour { RED, GREEN = 5, BLUE = -1 };
enum large { LARGE = 0x123456789ULL };

struct undefined_everywhere;
typedef int (*callback_t)(struct undefined_everywhere *, const char *restrict, ...);

union value {
	float single;
	double real;
	_Bool flag;
	__int128 wide;
	struct { unsigned low : 3, high : 5; };
};

struct node {
	struct node *left, *right;
	union value value;
	enum colour colour;
	enum large large;
	callback_t callback;
	const volatile char name[7];
	struct { int x; struct node *(*grid)[3][4]; } inner;
	void (*walk)(struct node *, union value *);
};

static __attribute__((noinline)) int use(struct node *node, int x)
{
	return node->colour + x + node->name[2];
}
