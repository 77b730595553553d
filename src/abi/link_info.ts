import type { StructTable, StructValues } from './attr_table.ts'
import { BPF_LINK_INFO } from './bpf_info.ts'

/**
 * What BPF_OBJ_GET_INFO_BY_FD tells of links by their type: the members of the union in `struct bpf_link_info`,
 * include/uapi/linux/bpf.h, Linux 6.18. Addresses of buffers that the caller would have to provide are left out.
 */
export const LINK_INFO_TABLES = {
  BPF_LINK_TYPE_TRACING: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'tracing.attach_type', offset: 16, type: 'u32', since: '5.8' },
      { name: 'tracing.target_obj_id', offset: 20, type: 'u32', since: '5.13' },
      { name: 'tracing.target_btf_id', offset: 24, type: 'u32', since: '5.13' },
    ],
  },
  BPF_LINK_TYPE_CGROUP: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'cgroup.cgroup_id', offset: 16, type: 'u64', since: '5.8' },
      { name: 'cgroup.attach_type', offset: 24, type: 'u32', since: '5.8' },
    ],
  },
  BPF_LINK_TYPE_NETNS: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'netns.netns_ino', offset: 16, type: 'u32', since: '5.8' },
      { name: 'netns.attach_type', offset: 20, type: 'u32', since: '5.8' },
    ],
  },
  BPF_LINK_TYPE_XDP: {
    name: 'bpf_link_info',
    fields: [...BPF_LINK_INFO.fields, { name: 'xdp.ifindex', offset: 16, type: 'u32', since: '5.9' }],
  },
  BPF_LINK_TYPE_STRUCT_OPS: {
    name: 'bpf_link_info',
    fields: [...BPF_LINK_INFO.fields, { name: 'struct_ops.map_id', offset: 16, type: 'u32', since: '6.4' }],
  },
  BPF_LINK_TYPE_NETFILTER: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'netfilter.pf', offset: 16, type: 'u32', since: '6.4' },
      { name: 'netfilter.hooknum', offset: 20, type: 'u32', since: '6.4' },
      { name: 'netfilter.priority', offset: 24, type: 'i32', since: '6.4' },
      { name: 'netfilter.flags', offset: 28, type: 'u32', since: '6.4' },
    ],
  },
  BPF_LINK_TYPE_KPROBE_MULTI: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'kprobe_multi.count', offset: 24, type: 'u32', since: '6.6' },
      { name: 'kprobe_multi.flags', offset: 28, type: 'u32', since: '6.6' },
      { name: 'kprobe_multi.missed', offset: 32, type: 'u64', since: '6.7' },
    ],
  },
  BPF_LINK_TYPE_UPROBE_MULTI: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'uprobe_multi.count', offset: 52, type: 'u32', since: '6.8' },
      { name: 'uprobe_multi.flags', offset: 56, type: 'u32', since: '6.8' },
      { name: 'uprobe_multi.pid', offset: 60, type: 'u32', since: '6.8' },
    ],
  },
  BPF_LINK_TYPE_PERF_EVENT: {
    name: 'bpf_link_info',
    fields: [...BPF_LINK_INFO.fields, { name: 'perf_event.type', offset: 16, type: 'u32', since: '6.6' }],
  },
  BPF_LINK_TYPE_TCX: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'tcx.ifindex', offset: 16, type: 'u32', since: '6.6' },
      { name: 'tcx.attach_type', offset: 20, type: 'u32', since: '6.6' },
    ],
  },
  BPF_LINK_TYPE_NETKIT: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'netkit.ifindex', offset: 16, type: 'u32', since: '6.7' },
      { name: 'netkit.attach_type', offset: 20, type: 'u32', since: '6.7' },
    ],
  },
  BPF_LINK_TYPE_SOCKMAP: {
    name: 'bpf_link_info',
    fields: [
      ...BPF_LINK_INFO.fields,
      { name: 'sockmap.map_id', offset: 16, type: 'u32', since: '6.10' },
      { name: 'sockmap.attach_type', offset: 20, type: 'u32', since: '6.10' },
    ],
  },
} as const satisfies Readonly<Record<string, StructTable>>

/** Types of links of which more is told than of all. */
export type DetailedLinkType = keyof typeof LINK_INFO_TABLES

type ValuesOf<Type extends DetailedLinkType> = StructValues<(typeof LINK_INFO_TABLES)[Type]>

type MembersOf<Type extends DetailedLinkType> = {
  readonly [
    Name in keyof ValuesOf<Type> as Name extends `${string}.${infer Member}` ? Member : never
  ]: ValuesOf<Type>[Name]
}

/** What links of one type tell, by the kernel's names. A member that the kernel is too old for is 0. */
export type LinkDetails = {
  readonly [Type in DetailedLinkType]: { readonly type: Type } & MembersOf<Type>
}[DetailedLinkType]
