// SPDX-License-Identifier: MIT
// covers: externs: unguarded call of a weak kfunc that is missing fails
// expect: fails
// clang: 14
#include "minimal.h"

extern int no_such_kfunc(int) __ksym __weak;

SEC("syscall")
int use(void *ctx)
{
	return no_such_kfunc(1);
}
