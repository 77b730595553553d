// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Reports every execve(2) and execveat(2): who calls it, for which file, with which arguments, and what comes of it. Needs Linux 5.8,
 * the first one with BPF ring buffers.
 *
 * A call that succeeds takes the caller's memory away, and the arguments with it. So they are read where the call begins and kept
 * in a map until it ends, with the result.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "syscall.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	int tgid;
	struct task_struct *real_parent;
};

#pragma clang attribute pop

/* bpf_probe_read_user_str() cuts in silence. Room for one byte more than is shown, and the NUL, tells what was cut. */
#define ARG_LIMIT 128
#define ARG_SIZE (ARG_LIMIT + 2)
#define FILE_LIMIT 254
#define FILE_SIZE (FILE_LIMIT + 2)
#define MAX_ARGS 20

struct event {
	int pid;
	int ppid;
	/* 0, or a negative errno. */
	int ret;
	/* How many of `args` there are. */
	unsigned int count;
	/* Bit n: argument n is longer than what is here of it. */
	unsigned int cut;
	/* Bit n: argument n was in a page that is not in memory, or at no address at all. */
	unsigned int unread;
	/* Whether there are more than MAX_ARGS. */
	bool more;
	/* The same of `file` as of the arguments. */
	bool file_cut;
	bool file_unread;
	char comm[COMM_SIZE];
	char file[FILE_SIZE];
	char args[MAX_ARGS][ARG_SIZE];
};

/* A megabyte is room for 360 calls that user space has not read yet. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/*
 * The calls that have begun, by the address of the caller's task_struct: a thread that is not the first of its process takes over
 * its process's pid while the call lasts, and the address stays. LRU: an end that is not seen, such as that of a call by which a
 * 64-bit program becomes a 32-bit one, takes up no place for ever.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, unsigned long long);
	__type(value, struct event);
} calls SEC(".maps");

const volatile bool failed_only = false;

/* More than the stack's 512 bytes: what a call's entry in the map begins as. */
static const struct event blank;

/* Reads a string of user space to `to`, without the last byte of `size`. Tells whether that cuts it; negative where there is none. */
static __always_inline int read_text(char *to, int size, const char *from)
{
	long length = bpf_probe_read_user_str(to, size, from);

	if (length < 0)
		return -1;
	to[size - 2] = '\0';
	return length == size;
}

static __always_inline void read_args(struct event *event, const char *const *argv)
{
	const char *arg;

	for (unsigned int index = 0; index < MAX_ARGS; index++) {
		int is_cut;

		if (bpf_probe_read_user(&arg, sizeof(arg), &argv[index]) || !arg)
			return;
		is_cut = read_text(event->args[index], ARG_SIZE, arg);
		if (is_cut < 0)
			event->unread |= 1u << index;
		else if (is_cut)
			event->cut |= 1u << index;
		event->count = index + 1;
	}
	event->more = !bpf_probe_read_user(&arg, sizeof(arg), &argv[MAX_ARGS]) && arg;
}

static __always_inline int begin(const char *file, const char *const *argv)
{
	unsigned long long task = bpf_get_current_task();
	struct event *event;
	int is_cut;

	if (!passes_pid(bpf_get_current_pid_tgid() >> 32))
		return 0;
	bpf_map_update_elem(&calls, &task, &blank, BPF_ANY);
	event = bpf_map_lookup_elem(&calls, &task);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	is_cut = read_text(event->file, FILE_SIZE, file);
	event->file_cut = is_cut > 0;
	event->file_unread = is_cut < 0;
	read_args(event, argv);
	return 0;
}

static __always_inline int end(long ret)
{
	unsigned long long key = bpf_get_current_task();
	struct task_struct *task = (void *)key;
	struct event *event = bpf_map_lookup_elem(&calls, &key);

	if (!event)
		return 0;
	/* After a call that succeeded this is the name of the new program. */
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (passes_comm(event->comm) && !(failed_only && ret == 0)) {
		event->pid = bpf_get_current_pid_tgid() >> 32;
		event->ppid = BPF_CORE_READ(task, real_parent, tgid);
		event->ret = ret;
		if (bpf_ringbuf_output(&events, event, sizeof(*event), 0))
			__sync_fetch_and_add(&lost_records, 1);
	}
	bpf_map_delete_elem(&calls, &key);
	return 0;
}

SEC("tp/syscalls/sys_enter_execve")
int enter_execve(struct syscall_trace_enter *ctx)
{
	return begin((const char *)ctx->args[0], (const char *const *)ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_execve")
int exit_execve(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}

/* execveat(dirfd, file, argv, envp, flags). */
SEC("tp/syscalls/sys_enter_execveat")
int enter_execveat(struct syscall_trace_enter *ctx)
{
	return begin((const char *)ctx->args[1], (const char *const *)ctx->args[2]);
}

SEC("tp/syscalls/sys_exit_execveat")
int exit_execveat(struct syscall_trace_exit *ctx)
{
	return end(ctx->ret);
}
