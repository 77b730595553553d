// SPDX-License-Identifier: MIT
// covers: externs: strong .kconfig that is missing fails
// expect: fails
#include "minimal.h"

extern int CONFIG_NOBODY_HAS_THIS __kconfig;

SEC("socket")
int use(void *ctx)
{
	return CONFIG_NOBODY_HAS_THIS;
}
