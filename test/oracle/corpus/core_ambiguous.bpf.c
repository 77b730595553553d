// SPDX-License-Identifier: MIT
// covers: core: ambiguous candidates
// expect: fails
// clang: 14
#include "minimal.h"

/* This kernel has two structs of this name, of different sizes. */
struct syscall_tp_t {
	int syscall_nr;
} __attribute__((preserve_access_index));

SEC("raw_tp/sched_process_exit")
int ambiguous(void *ctx)
{
	return bpf_core_type_size(struct syscall_tp_t);
}
