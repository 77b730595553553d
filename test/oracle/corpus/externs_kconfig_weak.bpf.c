// SPDX-License-Identifier: MIT
// covers: externs: weak .kconfig that is missing
#include "minimal.h"

extern int CONFIG_NOBODY_HAS_THIS __kconfig __weak;
extern char CONFIG_BPF __kconfig;

SEC("socket")
int use(void *ctx)
{
	return CONFIG_NOBODY_HAS_THIS + CONFIG_BPF;
}
