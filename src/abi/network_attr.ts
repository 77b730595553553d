import type { AttrTable } from './attr_table.ts'
import { bpf_attach_type, bpf_cmd } from './generated/bpf.ts'
import { LINK_CREATE_HEAD } from './link_create_head.ts'

/**
 * The parts of `union bpf_attr` that attach to network interfaces, cgroups and sockets (include/uapi/linux/bpf.h, Linux 6.18).
 */

/** BPF_LINK_CREATE with BPF_TCX_INGRESS or BPF_TCX_EGRESS (Linux 6.6). */
export const LINK_CREATE_TCX = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'tcx.relative_fd', offset: 16, type: 'u32', since: '6.6' },
    { name: 'tcx.relative_id', offset: 16, type: 'u32', since: '6.6', overlays: 'tcx.relative_fd' },
    { name: 'tcx.expected_revision', offset: 24, type: 'u64', since: '6.6' },
  ],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_NETKIT_PRIMARY or BPF_NETKIT_PEER (Linux 6.7). */
export const LINK_CREATE_NETKIT = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'netkit.relative_fd', offset: 16, type: 'u32', since: '6.7' },
    { name: 'netkit.relative_id', offset: 16, type: 'u32', since: '6.7', overlays: 'netkit.relative_fd' },
    { name: 'netkit.expected_revision', offset: 24, type: 'u64', since: '6.7' },
  ],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with an attach type of cgroups (Linux 5.7), which take an order since Linux 6.17. */
export const LINK_CREATE_CGROUP = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'cgroup.relative_fd', offset: 16, type: 'u32', since: '6.17' },
    { name: 'cgroup.relative_id', offset: 16, type: 'u32', since: '6.17', overlays: 'cgroup.relative_fd' },
    { name: 'cgroup.expected_revision', offset: 24, type: 'u64', since: '6.17' },
  ],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_NETFILTER (Linux 6.4). */
export const LINK_CREATE_NETFILTER = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'netfilter.pf', offset: 16, type: 'u32', since: '6.4' },
    { name: 'netfilter.hooknum', offset: 20, type: 'u32', since: '6.4' },
    { name: 'netfilter.priority', offset: 24, type: 'i32', since: '6.4' },
    { name: 'netfilter.flags', offset: 28, type: 'u32', since: '6.4' },
  ],
} as const satisfies AttrTable

const cgroupAttachTypes = Object.entries(bpf_attach_type).flatMap(([name, number]) =>
  /^BPF_(LSM_)?CGROUP/.test(name) ? [number] : [],
)

/** What BPF_LINK_CREATE takes, by `attach_type`. */
export const NETWORK_LINK_TABLES: readonly (readonly [attachType: number, table: AttrTable])[] = [
  [bpf_attach_type.BPF_TCX_INGRESS, LINK_CREATE_TCX],
  [bpf_attach_type.BPF_TCX_EGRESS, LINK_CREATE_TCX],
  [bpf_attach_type.BPF_NETKIT_PRIMARY, LINK_CREATE_NETKIT],
  [bpf_attach_type.BPF_NETKIT_PEER, LINK_CREATE_NETKIT],
  [bpf_attach_type.BPF_NETFILTER, LINK_CREATE_NETFILTER],
  ...cgroupAttachTypes.map((attachType) => [attachType, LINK_CREATE_CGROUP] as const),
]

/** The older way to attach, to cgroups, maps of sockets and others. */
export const PROG_ATTACH = {
  name: 'BPF_PROG_ATTACH',
  command: bpf_cmd.BPF_PROG_ATTACH,
  fields: [
    { name: 'target_fd', offset: 0, type: 'u32', since: '4.10' },
    { name: 'target_ifindex', offset: 0, type: 'u32', since: '6.6', overlays: 'target_fd' },
    { name: 'attach_bpf_fd', offset: 4, type: 'u32', since: '4.10', required: true },
    { name: 'attach_type', offset: 8, type: 'u32', since: '4.10', required: true },
    { name: 'attach_flags', offset: 12, type: 'u32', since: '4.11' },
    { name: 'replace_bpf_fd', offset: 16, type: 'u32', since: '5.6' },
  ],
} as const satisfies AttrTable

export const PROG_DETACH = {
  name: 'BPF_PROG_DETACH',
  command: bpf_cmd.BPF_PROG_DETACH,
  fields: [
    { name: 'target_fd', offset: 0, type: 'u32', since: '4.10' },
    { name: 'target_ifindex', offset: 0, type: 'u32', since: '6.6', overlays: 'target_fd' },
    { name: 'attach_bpf_fd', offset: 4, type: 'u32', since: '4.15' },
    { name: 'attach_type', offset: 8, type: 'u32', since: '4.10', required: true },
  ],
} as const satisfies AttrTable

/** The kernel stores its answers even if the size that it was told ends before them (`__cgroup_bpf_query`, `bpf_mprog_query`). */
export const PROG_QUERY = {
  name: 'BPF_PROG_QUERY',
  command: bpf_cmd.BPF_PROG_QUERY,
  fields: [
    { name: 'target_fd', offset: 0, type: 'u32', since: '4.15' },
    { name: 'target_ifindex', offset: 0, type: 'u32', since: '6.6', overlays: 'target_fd' },
    { name: 'attach_type', offset: 4, type: 'u32', since: '4.15', required: true },
    { name: 'query_flags', offset: 8, type: 'u32', since: '4.15' },
    { name: 'attach_flags', offset: 12, type: 'u32', since: '4.15', written: true },
    { name: 'prog_ids', offset: 16, type: 'ptr', since: '4.15' },
    { name: 'prog_cnt', offset: 24, type: 'u32', since: '4.15', written: true },
    { name: 'link_ids', offset: 40, type: 'ptr', since: '6.6' },
    { name: 'revision', offset: 56, type: 'u64', since: '6.6', written: true },
  ],
} as const satisfies AttrTable
