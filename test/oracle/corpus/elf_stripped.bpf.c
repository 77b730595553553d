// SPDX-License-Identifier: MIT
// covers: elf: debug information stripped (llvm-strip -g)
// then: llvm-strip -g
#include "minimal.h"

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} seen SEC(".maps");

const volatile int wanted = 7;
static long hits;

static __noinline int is_wanted(int pid)
{
	return pid == wanted;
}

SEC("tp/sched/sched_process_exit")
int stripped(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int pid = BPF_CORE_READ(task, tgid);

	if (is_wanted(pid))
		__sync_fetch_and_add(&hits, 1);
	return bpf_map_lookup_elem(&seen, &pid) != 0;
}
