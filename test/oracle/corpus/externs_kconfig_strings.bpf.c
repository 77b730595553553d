// SPDX-License-Identifier: MIT
// covers: externs: .kconfig strings, cut where they are too long
#include "minimal.h"

extern const char CONFIG_DEFAULT_HOSTNAME[64] __kconfig;
extern const char CONFIG_CC_VERSION_TEXT[5] __kconfig;
extern char CONFIG_DEFAULT_INIT[1] __kconfig;
extern const char CONFIG_NOBODY_HAS_THIS[7] __kconfig __weak;
char copy[4];

SEC("socket")
int use(void *ctx)
{
	copy[0] = CONFIG_DEFAULT_HOSTNAME[0];
	copy[1] = CONFIG_CC_VERSION_TEXT[3];
	copy[2] = CONFIG_NOBODY_HAS_THIS[2];
	return CONFIG_DEFAULT_INIT[0];
}
