// SPDX-License-Identifier: MIT
// covers: functions: __arg_ctx
// clang: 14
#include "minimal.h"

__noinline __weak int look(void *ctx __arg_ctx)
{
	return bpf_get_stackid(ctx, ctx, 0) > 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__uint(value_size, 80);
} stacks SEC(".maps");

__noinline __weak int stack_of(void *ctx __arg_ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

SEC("tp/sched/sched_process_exit")
int tracepoint(void *ctx)
{
	return stack_of(ctx);
}

SEC("perf_event")
int event(void *ctx)
{
	return stack_of(ctx);
}

SEC("kprobe/do_exit")
int probe(void *ctx)
{
	return stack_of(ctx);
}
