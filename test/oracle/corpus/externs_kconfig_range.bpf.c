// SPDX-License-Identifier: MIT
// covers: externs: .kconfig number that does not fit fails
// expect: fails
#include "minimal.h"

extern char CONFIG_PHYSICAL_START __kconfig;

SEC("socket")
int use(void *ctx)
{
	return CONFIG_PHYSICAL_START;
}
