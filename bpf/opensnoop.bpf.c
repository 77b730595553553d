// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every open(2), creat(2), openat(2) and openat2(2): who opens what, and the descriptor or the error that comes of it. Needs
 * Linux 5.8, the first one with BPF ring buffers.
 */
#include <linux/bpf.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "syscall.h"

/* bpf_probe_read_user_str() cuts in silence. Room for one byte more than is shown, and the NUL, tells what was cut. */
#define PATH_LIMIT 254
#define PATH_SIZE (PATH_LIMIT + 2)

struct event {
	int pid;
	/* A descriptor, or a negative errno. */
	int ret;
	/* O_RDWR and its like, of the caller's architecture. */
	unsigned int flags;
	/* Whether the path is longer than what is here of it. */
	bool cut;
	char comm[COMM_SIZE];
	char path[PATH_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/* A call that has begun. */
struct call {
	const char *path;
	unsigned long long flags;
};

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, unsigned int);
	__type(value, struct call);
} calls SEC(".maps");

const volatile bool failed_only = false;

static __always_inline int begin(const char *path, unsigned long long flags)
{
	struct call call = { .path = path, .flags = flags };
	unsigned int tid = bpf_get_current_pid_tgid();

	if (passes_filters() && bpf_map_update_elem(&calls, &tid, &call, BPF_ANY))
		__sync_fetch_and_add(&lost_records, 1);
	return 0;
}

static __always_inline void report(const struct call *call, long ret)
{
	struct event *event;
	long length;

	if (failed_only && ret >= 0)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->ret = ret;
	event->flags = call->flags;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	/*
	 * Read now, and not when the call began: by then the page of the path may not have been in memory, where no BPF program can
	 * wait for it. The kernel has read it since, so that now it is there.
	 */
	length = bpf_probe_read_user_str(event->path, PATH_SIZE, call->path);
	event->path[length < 0 ? 0 : PATH_LIMIT] = '\0';
	event->cut = length == PATH_SIZE;
	bpf_ringbuf_submit(event, 0);
}

static __always_inline int end(long ret)
{
	unsigned int tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tid);

	if (!call)
		return 0;
	report(call, ret);
	bpf_map_delete_elem(&calls, &tid);
	return 0;
}

/* Not on arm64, which never had it. */
SEC("tp/syscalls/sys_enter_open")
int enter_open(struct syscall_trace_enter *ctx)
{
	return begin((const char *)ctx->args[0], ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_open")
int exit_open(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

/* open() with these flags (fs/open.c, Linux 6.18). Not on arm64 either. */
SEC("tp/syscalls/sys_enter_creat")
int enter_creat(struct syscall_trace_enter *ctx)
{
	return begin((const char *)ctx->args[0], O_CREAT | O_WRONLY | O_TRUNC);
}

SEC("tp/syscalls/sys_exit_creat")
int exit_creat(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

SEC("tp/syscalls/sys_enter_openat")
int enter_openat(struct syscall_trace_enter *ctx)
{
	return begin((const char *)ctx->args[1], ctx->args[2]);
}

SEC("tp/syscalls/sys_exit_openat")
int exit_openat(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

SEC("tp/syscalls/sys_enter_openat2")
int enter_openat2(struct syscall_trace_enter *ctx)
{
	struct open_how how = {};

	bpf_probe_read_user(&how, sizeof(how), (const void *)ctx->args[2]);
	return begin((const char *)ctx->args[1], how.flags);
}

SEC("tp/syscalls/sys_exit_openat2")
int exit_openat2(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}
