// SPDX-License-Identifier: MIT
// covers: btf: decl tags and type tags
// clang: 14
#include "minimal.h"

#define __tag(x) __attribute__((btf_decl_tag(x)))
#define __ttag(x) __attribute__((btf_type_tag(x)))
struct tagged {
	int a __tag("member");
	int __ttag("rcu") *b;
} __tag("struct");

struct tagged tagged __tag("variable");

__noinline int global(int x __tag("argument"))
{
	return x + tagged.a;
}

SEC("socket")
int use(void *ctx)
{
	return global(3);
}
