// SPDX-License-Identifier: MIT
// flags: --target=bpfeb
#include "minimal.h"

SEC("socket")
int second(void *ctx)
{
	return 0;
}
