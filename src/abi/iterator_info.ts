import type { StructTable } from './attr_table.ts'

/** The members of `union bpf_iter_link_info`, include/uapi/linux/bpf.h, Linux 6.18: parameters of iterators by their kind. */

/** Of `iter/bpf_map_elem` and `iter/bpf_sk_storage_map`. */
export const ITERATED_MAP = {
  name: 'bpf_iter_link_info.map',
  fields: [{ name: 'map_fd', offset: 0, type: 'u32', since: '5.9' }],
} as const satisfies StructTable

/** Of `iter/cgroup`. */
export const ITERATED_CGROUP = {
  name: 'bpf_iter_link_info.cgroup',
  fields: [
    { name: 'order', offset: 0, type: 'u32', since: '6.1' },
    { name: 'cgroup_fd', offset: 4, type: 'u32', since: '6.1' },
  ],
} as const satisfies StructTable

/** Of `iter/task` and its like. At most one is set. */
export const ITERATED_TASK = {
  name: 'bpf_iter_link_info.task',
  fields: [
    { name: 'tid', offset: 0, type: 'u32', since: '6.1' },
    { name: 'pid', offset: 4, type: 'u32', since: '6.1' },
    { name: 'pid_fd', offset: 8, type: 'u32', since: '6.1' },
  ],
} as const satisfies StructTable
