// SPDX-License-Identifier: MIT
// covers: linking: types of all kinds that both objects have
// covers: linking: structs of one name that differ
// clang: 14
#include "types.h"

struct differs {
	int only_here;
	struct node *node;
};

struct node root;
struct differs differs_a;

SEC("socket")
int first(void *ctx)
{
	return use(&root, 1) + differs_a.only_here;
}
