// SPDX-License-Identifier: MIT
#include "types.h"

struct differs {
	long only_there;
	struct differs *next;
	struct node *node;
};

extern struct node root;
struct differs differs_b;
enum colour favourite = BLUE;

SEC("socket")
int second(void *ctx)
{
	return use(&root, 2) + differs_b.only_there + favourite;
}
