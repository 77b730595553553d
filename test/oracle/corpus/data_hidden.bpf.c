// SPDX-License-Identifier: MIT
// covers: data: hidden variables
#include "minimal.h"

__attribute__((visibility("hidden"))) int hidden_value = 5;
int visible = 6;

SEC("socket")
int use(void *ctx)
{
	return hidden_value++ + visible;
}
