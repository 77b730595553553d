// SPDX-License-Identifier: MIT
// covers: programs: struct_ops programs that no map uses fail
// expect: fails
#include "minimal.h"

SEC("struct_ops")
__u32 ssthresh(void *ctx)
{
	return 2;
}
