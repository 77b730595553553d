// SPDX-License-Identifier: MIT
// covers: programs: a hook that the kernel has not fails
// expect: fails
#include "minimal.h"

SEC("fentry/no_such_function_anywhere")
int p0(void *ctx)
{
	return 0;
}
