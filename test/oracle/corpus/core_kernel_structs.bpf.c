// SPDX-License-Identifier: MIT
// covers: core: structs that differ from kernel to kernel
// clang: 14
#include "minimal.h"

struct list_head {
	struct list_head *next;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	int nr_threads;
	int group_exit_code;
	struct list_head thread_head;
} __attribute__((preserve_access_index));

struct cred {
	unsigned int securebits;
} __attribute__((preserve_access_index));

struct task_struct {
	int exit_code;
	int prio;
	long state;
	unsigned int in_execve : 1;
	unsigned int in_iowait : 1;
	unsigned int brk_randomized : 1;
	unsigned long long start_time;
	unsigned long long start_boottime;
	struct signal_struct *signal;
	const struct cred *cred;
	struct task_struct *group_leader;
	struct nsproxy *nsproxy;
	char child_comm[8];
} __attribute__((preserve_access_index));

struct task_struct___new {
	unsigned int __state;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len;
	unsigned short protocol;
	unsigned char pkt_type : 3;
	unsigned char cloned : 1;
	unsigned int hash;
	unsigned char *head;
} __attribute__((preserve_access_index));

struct inode {
	unsigned long i_ino;
	unsigned int i_nlink;
	struct super_block *i_sb;
} __attribute__((preserve_access_index));

struct super_block {
	unsigned int s_dev;
} __attribute__((preserve_access_index));

struct net_device {
	int ifindex;
	unsigned int mtu;
	char name[16];
} __attribute__((preserve_access_index));

struct bio {
	struct gendisk *bi_disk;
	struct block_device *bi_bdev;
} __attribute__((preserve_access_index));

enum bpf_map_type___kernel {
	BPF_MAP_TYPE_ARENA___kernel = 1,
	BPF_MAP_TYPE_USER_RINGBUF___kernel = 1,
};

enum zone_stat_item {
	NR_FREE_PAGES,
	NR_ZSPAGES = 2,
	NR_VM_ZONE_STAT_ITEMS = 3,
};

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct___new *newer = (void *)task;
	struct sk_buff *skb = 0;
	struct inode *inode = 0;
	struct net_device *device = 0;
	struct bio *bio = 0;

	out += BPF_CORE_READ(task, exit_code) + BPF_CORE_READ(task, prio);
	out += BPF_CORE_READ(task, start_time);
	out += BPF_CORE_READ(task, group_leader, signal, nr_threads);
	out += BPF_CORE_READ(task, cred, securebits);
	out += BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
	out += BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait);
	if (bpf_core_field_exists(newer->__state))
		out += BPF_CORE_READ(newer, __state);
	else if (bpf_core_field_exists(task->state))
		out += BPF_CORE_READ(task, state);
	out += bpf_core_field_exists(task->start_boottime) + bpf_core_field_exists(task->child_comm);
	out += bpf_core_field_offset(task->nsproxy) + bpf_core_field_offset(skb->hash);
	out += bpf_core_field_offset(skb->protocol) + bpf_core_field_size(skb->head);
	out += bpf_core_field_offset(inode->i_sb->s_dev) + bpf_core_field_size(inode->i_nlink);
	out += bpf_core_field_offset(device->ifindex) + bpf_core_field_offset(device->name);
	out += bpf_core_field_exists(bio->bi_disk) + bpf_core_field_exists(bio->bi_bdev);
	out += bpf_core_type_size(struct task_struct) + bpf_core_type_size(struct sk_buff);
	out += bpf_core_type_exists(struct bio) + bpf_core_type_id_kernel(struct net_device);
	return 0;
}

SEC("raw_tp/sys_exit")
int ask(void *ctx)
{
	out += bpf_core_enum_value_exists(enum bpf_map_type___kernel, BPF_MAP_TYPE_ARENA___kernel);
	out += bpf_core_enum_value_exists(enum bpf_map_type___kernel, BPF_MAP_TYPE_USER_RINGBUF___kernel);
	out += bpf_core_enum_value(enum zone_stat_item, NR_VM_ZONE_STAT_ITEMS);
	return 0;
}
