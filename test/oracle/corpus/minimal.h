/* SPDX-License-Identifier: MIT */
#pragma once
/* What every program of the corpus includes: the kernel's user-space API and libbpf's macros. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define __always_used __attribute__((used))
#ifndef LICENSE_TEXT
#define LICENSE_TEXT "Dual MIT/GPL"
#endif
char LICENSE[] SEC("license") = LICENSE_TEXT;
