// SPDX-License-Identifier: MIT
// covers: core: arrays of arrays, flexible arrays
// covers: core: unions
#include "minimal.h"

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
	unsigned long flags;
	unsigned int sched_reset_on_fork : 1;
	unsigned int in_execve : 1;
	struct task_struct *real_parent;
	struct mm_struct *mm;
} __attribute__((preserve_access_index));

struct mm_struct {
	struct {
		unsigned long total_vm;
	};
} __attribute__((preserve_access_index));

struct net_device;
struct sk_buff {
	union {
		struct {
			struct net_device *dev;
		};
	};
	char cb[48];
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
	struct cgroup *ancestors[];
} __attribute__((preserve_access_index));

unsigned long long out;

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	struct sk_buff *skb = (void *)task;
	struct cgroup *cgroup = (void *)task;

	out += BPF_CORE_READ(skb, cb[5]);
	out += (unsigned long)BPF_CORE_READ(skb, dev);
	out += bpf_core_field_exists(cgroup->ancestors[2]);
	return 0;
}
