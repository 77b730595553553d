// SPDX-License-Identifier: MIT
// covers: functions: __arg_ctx with every way to declare the context
// clang: 14
#include "minimal.h"

struct pt_regs {
	long first;
};
struct bpf_perf_event_data;

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16);
	__uint(key_size, 4);
	__uint(value_size, 80);
} stacks SEC(".maps");

/* Several arguments, the context is the second one; two tags. */
__weak int second(int flags, void *ctx __arg_ctx, int more)
{
	return bpf_get_stackid(ctx, &stacks, flags & 0xff) + more;
}

/* Its own type is the context already. */
__weak int of_packet(struct __sk_buff *ctx __arg_ctx)
{
	return ctx->len;
}

__weak int of_any_packet(void *ctx __arg_ctx)
{
	return bpf_skb_load_bytes(ctx, 0, &(int){ 0 }, 4);
}

__weak int of_registers(struct pt_regs *ctx __arg_ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

__weak int of_words(__u64 *ctx __arg_ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

/* Static functions are verified with their callers: the tag says nothing. */
static __noinline int of_caller(void *ctx __arg_ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

SEC("tc")
int packet(struct __sk_buff *ctx)
{
	return of_packet(ctx) + of_any_packet(ctx);
}

SEC("kprobe/do_exit")
int registers(struct pt_regs *ctx)
{
	return of_registers(ctx) + second(0, ctx, 1);
}

SEC("raw_tp/sched_switch")
int words(void *ctx)
{
	return of_words(ctx) + of_caller(ctx);
}

SEC("perf_event")
int event(struct bpf_perf_event_data *ctx)
{
	return second(1, ctx, 2) + of_caller(ctx);
}
