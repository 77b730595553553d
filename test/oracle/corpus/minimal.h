/* SPDX-License-Identifier: MIT */
#pragma once
/* What every program of the corpus includes: the kernel's user-space API and libbpf's macros. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define __always_used __attribute__((used))
char LICENSE[] SEC("license") = "Dual MIT/GPL";
