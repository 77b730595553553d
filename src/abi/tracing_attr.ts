import type { AttrTable } from './attr_table.ts'
import { bpf_attach_type, bpf_cmd } from './generated/bpf.ts'
import { LINK_CREATE_HEAD } from './link_create_head.ts'

/** The parts of `union bpf_attr` that tracing programs are attached with; include/uapi/linux/bpf.h, Linux 6.18. */

/**
 * BPF_LINK_CREATE of tracing, LSM and replacing programs. A function of another BPF program is named by `target_fd` and
 * `tracing.target_btf_id`, which only `freplace` programs take (Linux 5.10); the others are attached to what they were verified for
 * (5.19).
 */
export const LINK_CREATE_TRACING = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'tracing.target_btf_id', offset: 16, type: 'u32', since: '5.10' },
    { name: 'tracing.cookie', offset: 24, type: 'u64', since: '5.19' },
  ],
} as const satisfies AttrTable

/**
 * BPF_LINK_CREATE with BPF_TRACE_KPROBE_MULTI (Linux 5.18) or BPF_TRACE_KPROBE_SESSION (6.10): many functions at once, by names or
 * by addresses.
 */
export const LINK_CREATE_KPROBE_MULTI = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'kprobe_multi.flags', offset: 16, type: 'u32', since: '5.18' },
    { name: 'kprobe_multi.cnt', offset: 20, type: 'u32', since: '5.18', required: true },
    { name: 'kprobe_multi.syms', offset: 24, type: 'ptr', since: '5.18' },
    { name: 'kprobe_multi.addrs', offset: 32, type: 'ptr', since: '5.18' },
    { name: 'kprobe_multi.cookies', offset: 40, type: 'ptr', since: '5.18' },
  ],
} as const satisfies AttrTable

/**
 * BPF_LINK_CREATE with BPF_TRACE_FENTRY_MULTI, BPF_TRACE_FEXIT_MULTI or BPF_TRACE_FSESSION_MULTI: many functions at once, by their
 * ids in the kernel's BTF, which are 32 bits each (the BTF of Linux 7.2 has the fields).
 */
export const LINK_CREATE_TRACING_MULTI = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'tracing_multi.ids', offset: 16, type: 'ptr', since: '7.2' },
    { name: 'tracing_multi.cookies', offset: 24, type: 'ptr', since: '7.2' },
    { name: 'tracing_multi.cnt', offset: 32, type: 'u32', since: '7.2', required: true },
  ],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_TRACE_ITER: what is gone through (Linux 5.8; parameters of each kind as they came). */
export const LINK_CREATE_ITER = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'iter_info', offset: 16, type: 'ptr', since: '5.8' },
    { name: 'iter_info_len', offset: 24, type: 'u32', since: '5.8' },
  ],
} as const satisfies AttrTable

/** By `attach_type`. A replacing program has none, and 0 is another's. */
export const TRACING_LINK_TABLES: readonly (readonly [number, AttrTable])[] = [
  [bpf_attach_type.BPF_TRACE_RAW_TP, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_TRACE_FENTRY, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_TRACE_FEXIT, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_MODIFY_RETURN, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_TRACE_FSESSION, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_TRACE_FENTRY_MULTI, LINK_CREATE_TRACING_MULTI],
  [bpf_attach_type.BPF_TRACE_FEXIT_MULTI, LINK_CREATE_TRACING_MULTI],
  [bpf_attach_type.BPF_TRACE_FSESSION_MULTI, LINK_CREATE_TRACING_MULTI],
  [bpf_attach_type.BPF_LSM_MAC, LINK_CREATE_TRACING],
  [bpf_attach_type.BPF_TRACE_KPROBE_MULTI, LINK_CREATE_KPROBE_MULTI],
  [bpf_attach_type.BPF_TRACE_KPROBE_SESSION, LINK_CREATE_KPROBE_MULTI],
  [bpf_attach_type.BPF_TRACE_ITER, LINK_CREATE_ITER],
]

/** Without a name for programs that are attached to what they were verified for: tracing, LSM, `freplace` (Linux 5.5). */
export const RAW_TRACEPOINT_OPEN = {
  name: 'BPF_RAW_TRACEPOINT_OPEN',
  command: bpf_cmd.BPF_RAW_TRACEPOINT_OPEN,
  fields: [
    { name: 'name', offset: 0, type: 'ptr', since: '4.17' },
    { name: 'prog_fd', offset: 8, type: 'u32', since: '4.17', required: true },
    { name: 'cookie', offset: 16, type: 'u64', since: '6.10' },
  ],
} as const satisfies AttrTable

/** Opens what an iterator's link gives out: each descriptor starts anew. */
export const ITER_CREATE = {
  name: 'BPF_ITER_CREATE',
  command: bpf_cmd.BPF_ITER_CREATE,
  fields: [
    { name: 'link_fd', offset: 0, type: 'u32', since: '5.8', required: true },
    { name: 'flags', offset: 4, type: 'u32', since: '5.8' },
  ],
} as const satisfies AttrTable
