// SPDX-License-Identifier: MIT
// covers: linking: what nobody defines stays extern
// load: none
#include "minimal.h"

extern int missing;
int missing_function(int x);

SEC("socket")
int first(void *ctx)
{
	return missing + missing_function(1);
}
