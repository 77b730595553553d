// SPDX-License-Identifier: (MIT OR GPL-2.0)
/*
 * How long disks take for what they are asked: from when a request is given to the driver, or put into the queue of the
 * scheduler, until it is done. Needs Linux 5.5, the first one with bpf_probe_read_kernel().
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "tool.h"
#include "counting.h"

#define DISK_NAME_SIZE 32

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct gendisk {
	char disk_name[DISK_NAME_SIZE];
};

struct request_queue {
	struct gendisk *disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
};

/* A request had a disk of its own until Linux 5.17. */
struct request___before_5_17 {
	struct gendisk *rq_disk;
};

#pragma clang attribute pop

struct key {
	/* REQ_OP_* and REQ_* of include/linux/blk_types.h; 0 unless they are asked for. */
	unsigned int flags;
	char disk[DISK_NAME_SIZE];
};

/* When requests started, by their addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, unsigned long long);
	__type(value, unsigned long long);
} started SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct key);
	__type(value, struct histogram);
} histograms SEC(".maps");

const volatile bool by_disk = false;
const volatile bool milliseconds = false;
const volatile unsigned int flags_mask = 0;
const volatile char filter_disk[DISK_NAME_SIZE] = "";

/*
 * Is the queue the first argument, and the request behind it? That was so until Linux 5.11, and until 5.10.137 of the stable
 * releases. User space looks into the kernel's types.
 */
const volatile bool queue_comes_first = false;

static __always_inline unsigned long long request_of(struct bpf_raw_tracepoint_args *ctx)
{
	return queue_comes_first ? ctx->args[1] : ctx->args[0];
}

static __always_inline struct gendisk *disk_of(struct request *request)
{
	struct request___before_5_17 *older = (void *)request;

	if (bpf_core_field_exists(older->rq_disk))
		return BPF_CORE_READ(older, rq_disk);
	return BPF_CORE_READ(request, q, disk);
}

static __always_inline bool passes_disk(const char *disk)
{
	if (filter_disk[0] == '\0')
		return true;
	for (int byte = 0; byte < DISK_NAME_SIZE; byte++) {
		if (disk[byte] != filter_disk[byte])
			return false;
		if (disk[byte] == '\0')
			break;
	}
	return true;
}

static __always_inline void start(unsigned long long request, unsigned long long flags)
{
	unsigned long long now = bpf_ktime_get_ns();
	long result = bpf_map_update_elem(&started, &request, &now, flags);

	/* -EEXIST of BPF_NOEXIST is as it should be. */
	if (result && flags != BPF_NOEXIST)
		__sync_fetch_and_add(&lost_counts, 1);
}

SEC("?raw_tp/block_rq_insert")
int handle_insert(struct bpf_raw_tracepoint_args *ctx)
{
	start(request_of(ctx), BPF_ANY);
	return 0;
}

/* Its bytes are done with the request that it became a part of. */
SEC("?raw_tp/block_rq_merge")
int handle_merge(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned long long request = request_of(ctx);

	bpf_map_delete_elem(&started, &request);
	return 0;
}

SEC("raw_tp/block_rq_issue")
int handle_issue(struct bpf_raw_tracepoint_args *ctx)
{
	start(request_of(ctx), BPF_ANY);
	return 0;
}

/* Not every request is queued before; those that are have started already. */
SEC("?raw_tp/block_rq_issue")
int handle_issue_of_queued(struct bpf_raw_tracepoint_args *ctx)
{
	start(request_of(ctx), BPF_NOEXIST);
	return 0;
}

SEC("raw_tp/block_rq_complete")
int handle_complete(struct bpf_raw_tracepoint_args *ctx)
{
	unsigned long long address = ctx->args[0];
	struct request *request = (void *)address;
	unsigned long long *since = bpf_map_lookup_elem(&started, &address);
	unsigned long long taken;
	char disk[DISK_NAME_SIZE] = {};
	struct key key = {};

	if (!since)
		return 0;
	taken = (bpf_ktime_get_ns() - *since) / (milliseconds ? 1000000 : 1000);
	bpf_map_delete_elem(&started, &address);
	bpf_probe_read_kernel_str(&disk, sizeof(disk), &disk_of(request)->disk_name);
	if (!passes_disk(disk))
		return 0;
	if (by_disk)
		__builtin_memcpy(key.disk, disk, sizeof(disk));
	key.flags = BPF_CORE_READ(request, cmd_flags) & flags_mask;
	count_value(&histograms, &key, taken);
	return 0;
}
