// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * Watches a function of the kernel, vfs_unlink(), from its begin (fentry) to its end (fexit). Proves three things that kprobes cannot
 * do: arguments are pointers with types, which are followed without bpf_probe_read_kernel(); at the end of the function
 * the arguments are still there; and the result is there with them, so that nothing has to be kept in a map.
 *
 * Needs Linux 5.8 for the ring buffer; fentry itself came with 5.5, and on arm64 with 6.0.
 */
#include <linux/bpf.h>
#include <linux/version.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

#pragma clang attribute pop

#define NAME_SIZE 128

/* The names are what user space prints: BTF has them. */
enum place {
	enter,
	leave,
};

struct event {
	int pid;
	enum place place;
	/* Of vfs_unlink(), where it is left: 0, or a negative errno. */
	int ret;
	char comm[COMM_SIZE];
	/* The file's last name, without its folders; cut to 127 bytes. */
	char name[NAME_SIZE];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event);
} events SEC(".maps");

/* The loader writes it there: a constant for the verifier, which looks at one side of each `if` below. */
extern int LINUX_KERNEL_VERSION __kconfig;

/*
 * The context is the arguments, 8 bytes each, and behind them the result. vfs_unlink(dir, dentry, delegated_inode) got an argument in
 * front of these three with Linux 5.12. The verifier knows the type of each by its place, which has to be a constant: the two
 * statements must not become one with a variable, and the empty assembly keeps clang from that.
 */
#define ARGUMENT(ctx, index)						\
	({								\
		unsigned long long value;				\
		if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(5, 12, 0)) {	\
			value = (ctx)[(index) + 1];			\
			asm volatile("");				\
		} else {						\
			value = (ctx)[index];				\
		}							\
		value;							\
	})
#define DENTRY 1
#define RESULT 3

static __always_inline int report(enum place place, struct dentry *dentry, int ret)
{
	struct event *event;

	if (!passes_filters())
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->place = place;
	event->ret = ret;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	/* A plain load follows the pointer; only the text, whose length nobody knows, has to be read by a helper. */
	bpf_probe_read_kernel_str(event->name, sizeof(event->name), dentry->d_name.name);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("fentry/vfs_unlink")
int enter_unlink(unsigned long long *ctx)
{
	return report(enter, (struct dentry *)ARGUMENT(ctx, DENTRY), 0);
}

SEC("fexit/vfs_unlink")
int leave_unlink(unsigned long long *ctx)
{
	return report(leave, (struct dentry *)ARGUMENT(ctx, DENTRY), ARGUMENT(ctx, RESULT));
}
