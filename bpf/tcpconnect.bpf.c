// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports TCP connections that processes start, and how that went: 0 where the first packet was sent, or the error. Whether
 * the other end answers is known later. There are two ways to be told, and user space loads the one that the kernel has: fexit
 * programs get a function's arguments with its result (Linux 5.5; on arm64 6.0); a kprobe sees the arguments and a kretprobe
 * the result, so that one has to remember for the other. Needs Linux 5.8, the first one with BPF ring buffers.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "tool.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common {
	unsigned int skc_rcv_saddr;
	unsigned short skc_num;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
};

/* The registers of a kprobe's context have names of their own on each architecture. */
struct pt_regs___x86 {
	unsigned long di;
	unsigned long si;
	unsigned long ax;
};

struct pt_regs___arm64 {
	unsigned long long regs[31];
};

#pragma clang attribute pop

struct event {
	int pid;
	/* 4 or 6. */
	int version;
	/* 0, or a negative errno. */
	int result;
	/* In the host's byte order; that of the source is 0 where the call failed before it had one. */
	unsigned short source_port;
	unsigned short port;
	/* As they are on the wire; of IPv4 the first four bytes. */
	unsigned char source[16];
	unsigned char address[16];
	char comm[COMM_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/* The arguments that a kretprobe wants to know. */
struct call {
	struct sock *sock;
	void *to;
};

/* By the id of the task. Every call returns. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, unsigned int);
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline struct event *start_event(int version, int result)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->version = version;
	event->result = result;
	bpf_get_current_comm(&event->comm, sizeof(event->comm));
	return event;
}

static __always_inline int report_v4(struct sock *sock, struct sockaddr_in *to, int result)
{
	struct event *event = passes_filters() ? start_event(4, result) : NULL;
	unsigned short port = 0;

	if (!event)
		return 0;
	event->source_port = BPF_CORE_READ(sock, __sk_common.skc_num);
	BPF_CORE_READ_INTO((unsigned int *)event->source, sock, __sk_common.skc_rcv_saddr);
	bpf_probe_read_kernel(&port, sizeof(port), &to->sin_port);
	event->port = bpf_ntohs(port);
	bpf_probe_read_kernel(event->address, sizeof(to->sin_addr), &to->sin_addr);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline int report_v6(struct sock *sock, struct sockaddr_in6 *to, int result)
{
	struct event *event = passes_filters() ? start_event(6, result) : NULL;
	unsigned short port = 0;

	if (!event)
		return 0;
	event->source_port = BPF_CORE_READ(sock, __sk_common.skc_num);
	BPF_CORE_READ_INTO((struct in6_addr *)event->source, sock, __sk_common.skc_v6_rcv_saddr);
	bpf_probe_read_kernel(&port, sizeof(port), &to->sin6_port);
	event->port = bpf_ntohs(port);
	bpf_probe_read_kernel(event->address, sizeof(to->sin6_addr), &to->sin6_addr);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* ::ffff:192.0.2.1 stands for an address of IPv4: tcp_v6_connect() then calls tcp_v4_connect(), which is reported. */
static __always_inline bool is_mapped(struct sockaddr_in6 *to)
{
	unsigned int words[3] = {};

	bpf_probe_read_kernel(&words, sizeof(words), &to->sin6_addr);
	return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

/* Both functions are called with the socket, the address to connect to and its length; behind that is the result. */
SEC("fexit/tcp_v4_connect")
int exit_v4(unsigned long long *args)
{
	return report_v4((void *)args[0], (void *)args[1], args[3]);
}

SEC("fexit/tcp_v6_connect")
int exit_v6(unsigned long long *args)
{
	struct sockaddr_in6 *to = (void *)args[1];

	return is_mapped(to) ? 0 : report_v6((void *)args[0], to, args[3]);
}

static __always_inline void remember(void *ctx)
{
	struct pt_regs___x86 *x86 = ctx;
	struct pt_regs___arm64 *arm64 = ctx;
	unsigned int task = bpf_get_current_pid_tgid();
	struct call call = {};

	if (bpf_core_field_exists(x86->di)) {
		call.sock = (void *)BPF_CORE_READ(x86, di);
		call.to = (void *)BPF_CORE_READ(x86, si);
	} else {
		call.sock = (void *)BPF_CORE_READ(arm64, regs[0]);
		call.to = (void *)BPF_CORE_READ(arm64, regs[1]);
	}
	if (bpf_map_update_elem(&calls, &task, &call, BPF_ANY))
		__sync_fetch_and_add(&lost_records, 1);
}

/* Whether there was a call. A call by IPv6 of one by IPv4 inside is remembered no more, when that one has returned. */
static __always_inline bool recall(struct call *call)
{
	unsigned int task = bpf_get_current_pid_tgid();
	struct call *found = bpf_map_lookup_elem(&calls, &task);

	if (!found)
		return false;
	*call = *found;
	bpf_map_delete_elem(&calls, &task);
	return true;
}

static __always_inline int result_of(void *ctx)
{
	struct pt_regs___x86 *x86 = ctx;
	struct pt_regs___arm64 *arm64 = ctx;

	if (bpf_core_field_exists(x86->ax))
		return BPF_CORE_READ(x86, ax);
	return BPF_CORE_READ(arm64, regs[0]);
}

SEC("?kprobe/tcp_v4_connect")
int call_v4(void *ctx)
{
	remember(ctx);
	return 0;
}

SEC("?kprobe/tcp_v6_connect")
int call_v6(void *ctx)
{
	remember(ctx);
	return 0;
}

SEC("?kretprobe/tcp_v4_connect")
int return_v4(void *ctx)
{
	struct call call;

	return recall(&call) ? report_v4(call.sock, call.to, result_of(ctx)) : 0;
}

SEC("?kretprobe/tcp_v6_connect")
int return_v6(void *ctx)
{
	struct call call;

	return recall(&call) ? report_v6(call.sock, call.to, result_of(ctx)) : 0;
}
