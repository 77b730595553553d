// SPDX-License-Identifier: MIT
// covers: linking: pointers to static functions in data
// expect: rawbpf: bpftool 7.8 knows no such relocation, libbpf after it does
// load: none
#include "minimal.h"

static int first_function(int x)
{
	return x + 1;
}

SEC("socket")
int first(void *ctx)
{
	return 0;
}

void *first_table[] = { (void *)first_function, (void *)first };
