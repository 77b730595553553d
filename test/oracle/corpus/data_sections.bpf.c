// SPDX-License-Identifier: MIT
// covers: data: .data, .rodata, .bss
// covers: data: static and global variables
#include "minimal.h"

const volatile int limit = 3;
const volatile struct {
	int a;
	char b[5];
} configuration = { 1, "abc" };
int initialised = 4;
long zero;
static int hidden_count;
static volatile int hidden_data = 9;
static const volatile char text[] = "static text";

SEC("socket")
int use(void *ctx)
{
	hidden_count += limit + configuration.a + text[limit & 3];
	zero += initialised + hidden_data;
	initialised = hidden_count;
	return zero;
}
