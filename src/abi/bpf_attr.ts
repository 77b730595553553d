import type { AttrTable } from './attr_table.ts'
import { bpf_attach_type, bpf_cmd } from './generated/bpf.ts'
import { LINK_CREATE_HEAD } from './link_create_head.ts'
import { ITER_CREATE, RAW_TRACEPOINT_OPEN, TRACING_LINK_TABLES } from './tracing_attr.ts'
import { NETWORK_LINK_TABLES, PROG_ATTACH, PROG_DETACH, PROG_QUERY } from './network_attr.ts'

/**
 * `union bpf_attr` of include/uapi/linux/bpf.h, Linux 6.18: one table per command, with the kernel release that each
 * field came with. Fields that rawbpf has no use for are left out; their bytes stay zero, as the kernel asks.
 */

export const MAP_CREATE = {
  name: 'BPF_MAP_CREATE',
  command: bpf_cmd.BPF_MAP_CREATE,
  fields: [
    { name: 'map_type', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'key_size', offset: 4, type: 'u32', since: '3.18' },
    { name: 'value_size', offset: 8, type: 'u32', since: '3.18' },
    { name: 'max_entries', offset: 12, type: 'u32', since: '3.18' },
    { name: 'map_flags', offset: 16, type: 'u32', since: '4.6' },
    { name: 'inner_map_fd', offset: 20, type: 'u32', since: '4.12' },
    { name: 'numa_node', offset: 24, type: 'u32', since: '4.14' },
    { name: 'map_name', offset: 28, type: 'char[16]', since: '4.15' },
    { name: 'map_ifindex', offset: 44, type: 'u32', since: '4.16' },
    { name: 'btf_fd', offset: 48, type: 'u32', since: '4.18' },
    { name: 'btf_key_type_id', offset: 52, type: 'u32', since: '4.18' },
    { name: 'btf_value_type_id', offset: 56, type: 'u32', since: '4.18' },
    { name: 'btf_vmlinux_value_type_id', offset: 60, type: 'u32', since: '5.6' },
    { name: 'map_extra', offset: 64, type: 'u64', since: '5.16' },
    { name: 'value_type_btf_obj_fd', offset: 72, type: 'i32', since: '6.9' },
    { name: 'map_token_fd', offset: 76, type: 'i32', since: '6.9' },
  ],
} as const satisfies AttrTable

export const MAP_LOOKUP_ELEM = {
  name: 'BPF_MAP_LOOKUP_ELEM',
  command: bpf_cmd.BPF_MAP_LOOKUP_ELEM,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'key', offset: 8, type: 'ptr', since: '3.18' },
    { name: 'value', offset: 16, type: 'ptr', since: '3.18', required: true },
    { name: 'flags', offset: 24, type: 'u64', since: '5.1' },
  ],
} as const satisfies AttrTable

export const MAP_UPDATE_ELEM = {
  name: 'BPF_MAP_UPDATE_ELEM',
  command: bpf_cmd.BPF_MAP_UPDATE_ELEM,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'key', offset: 8, type: 'ptr', since: '3.18' },
    { name: 'value', offset: 16, type: 'ptr', since: '3.18', required: true },
    { name: 'flags', offset: 24, type: 'u64', since: '3.19' },
  ],
} as const satisfies AttrTable

export const MAP_DELETE_ELEM = {
  name: 'BPF_MAP_DELETE_ELEM',
  command: bpf_cmd.BPF_MAP_DELETE_ELEM,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'key', offset: 8, type: 'ptr', since: '3.18', required: true },
  ],
} as const satisfies AttrTable

export const MAP_GET_NEXT_KEY = {
  name: 'BPF_MAP_GET_NEXT_KEY',
  command: bpf_cmd.BPF_MAP_GET_NEXT_KEY,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'key', offset: 8, type: 'ptr', since: '3.18' },
    { name: 'next_key', offset: 16, type: 'ptr', since: '3.18', required: true },
  ],
} as const satisfies AttrTable

/** Before Linux 5.14 for queues and stacks alone, and without flags. */
export const MAP_LOOKUP_AND_DELETE_ELEM = {
  name: 'BPF_MAP_LOOKUP_AND_DELETE_ELEM',
  command: bpf_cmd.BPF_MAP_LOOKUP_AND_DELETE_ELEM,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '4.20', required: true },
    { name: 'key', offset: 8, type: 'ptr', since: '4.20' },
    { name: 'value', offset: 16, type: 'ptr', since: '4.20', required: true },
    { name: 'flags', offset: 24, type: 'u64', since: '5.14' },
  ],
} as const satisfies AttrTable

/** The kernel stores how many elements it took care of, and how far it came, whether the call ends well or not. */
const BATCH_FIELDS = [
  { name: 'in_batch', offset: 0, type: 'ptr', since: '5.6' },
  { name: 'out_batch', offset: 8, type: 'ptr', since: '5.6' },
  { name: 'keys', offset: 16, type: 'ptr', since: '5.6', required: true },
  { name: 'values', offset: 24, type: 'ptr', since: '5.6' },
  { name: 'count', offset: 32, type: 'u32', since: '5.6', required: true, written: true },
  { name: 'map_fd', offset: 36, type: 'u32', since: '5.6', required: true },
  { name: 'elem_flags', offset: 40, type: 'u64', since: '5.6' },
] as const

export const MAP_LOOKUP_BATCH = {
  name: 'BPF_MAP_LOOKUP_BATCH',
  command: bpf_cmd.BPF_MAP_LOOKUP_BATCH,
  fields: BATCH_FIELDS,
} as const satisfies AttrTable

export const MAP_LOOKUP_AND_DELETE_BATCH = {
  name: 'BPF_MAP_LOOKUP_AND_DELETE_BATCH',
  command: bpf_cmd.BPF_MAP_LOOKUP_AND_DELETE_BATCH,
  fields: BATCH_FIELDS,
} as const satisfies AttrTable

export const MAP_UPDATE_BATCH = {
  name: 'BPF_MAP_UPDATE_BATCH',
  command: bpf_cmd.BPF_MAP_UPDATE_BATCH,
  fields: BATCH_FIELDS,
} as const satisfies AttrTable

export const MAP_DELETE_BATCH = {
  name: 'BPF_MAP_DELETE_BATCH',
  command: bpf_cmd.BPF_MAP_DELETE_BATCH,
  fields: BATCH_FIELDS,
} as const satisfies AttrTable

export const MAP_FREEZE = {
  name: 'BPF_MAP_FREEZE',
  command: bpf_cmd.BPF_MAP_FREEZE,
  fields: [{ name: 'map_fd', offset: 0, type: 'u32', since: '5.2', required: true }],
} as const satisfies AttrTable

export const PROG_LOAD = {
  name: 'BPF_PROG_LOAD',
  command: bpf_cmd.BPF_PROG_LOAD,
  fields: [
    { name: 'prog_type', offset: 0, type: 'u32', since: '3.18', required: true },
    { name: 'insn_cnt', offset: 4, type: 'u32', since: '3.18', required: true },
    { name: 'insns', offset: 8, type: 'ptr', since: '3.18', required: true },
    { name: 'license', offset: 16, type: 'ptr', since: '3.18', required: true },
    { name: 'log_level', offset: 24, type: 'u32', since: '3.18' },
    { name: 'log_size', offset: 28, type: 'u32', since: '3.18' },
    { name: 'log_buf', offset: 32, type: 'ptr', since: '3.18' },
    { name: 'kern_version', offset: 40, type: 'u32', since: '4.1' },
    { name: 'prog_flags', offset: 44, type: 'u32', since: '4.12' },
    { name: 'prog_name', offset: 48, type: 'char[16]', since: '4.15' },
    { name: 'prog_ifindex', offset: 64, type: 'u32', since: '4.15' },
    { name: 'expected_attach_type', offset: 68, type: 'u32', since: '4.17' },
    { name: 'prog_btf_fd', offset: 72, type: 'u32', since: '5.0' },
    { name: 'func_info_rec_size', offset: 76, type: 'u32', since: '5.0' },
    { name: 'func_info', offset: 80, type: 'ptr', since: '5.0' },
    { name: 'func_info_cnt', offset: 88, type: 'u32', since: '5.0' },
    { name: 'line_info_rec_size', offset: 92, type: 'u32', since: '5.0' },
    { name: 'line_info', offset: 96, type: 'ptr', since: '5.0' },
    { name: 'line_info_cnt', offset: 104, type: 'u32', since: '5.0' },
    { name: 'attach_btf_id', offset: 108, type: 'u32', since: '5.5' },
    { name: 'attach_prog_fd', offset: 112, type: 'u32', since: '5.5' },
    { name: 'attach_btf_obj_fd', offset: 112, type: 'u32', since: '5.11', overlays: 'attach_prog_fd' },
    { name: 'core_relo_cnt', offset: 116, type: 'u32', since: '5.17' },
    { name: 'fd_array', offset: 120, type: 'ptr', since: '5.14' },
    { name: 'core_relos', offset: 128, type: 'ptr', since: '5.17' },
    { name: 'core_relo_rec_size', offset: 136, type: 'u32', since: '5.17' },
    { name: 'log_true_size', offset: 140, type: 'u32', since: '6.4' },
    { name: 'prog_token_fd', offset: 144, type: 'i32', since: '6.9' },
    { name: 'fd_array_cnt', offset: 148, type: 'u32', since: '6.14' },
  ],
} as const satisfies AttrTable

export const BTF_LOAD = {
  name: 'BPF_BTF_LOAD',
  command: bpf_cmd.BPF_BTF_LOAD,
  fields: [
    { name: 'btf', offset: 0, type: 'ptr', since: '4.18', required: true },
    { name: 'btf_log_buf', offset: 8, type: 'ptr', since: '4.18' },
    { name: 'btf_size', offset: 16, type: 'u32', since: '4.18', required: true },
    { name: 'btf_log_size', offset: 20, type: 'u32', since: '4.18' },
    { name: 'btf_log_level', offset: 24, type: 'u32', since: '4.18' },
    { name: 'btf_log_true_size', offset: 28, type: 'u32', since: '6.4' },
    { name: 'btf_flags', offset: 32, type: 'u32', since: '6.9' },
    { name: 'btf_token_fd', offset: 36, type: 'i32', since: '6.9' },
  ],
} as const satisfies AttrTable

/**
 * With a log: reaching over the field where the kernel says how long the whole log is (Linux 6.4), since it says so only
 * where it was told a size that has the field. Older kernels accept zeros behind what they know.
 */
export const PROG_LOAD_LOGGED = { ...PROG_LOAD, minimumSize: 144 } as const satisfies AttrTable
export const BTF_LOAD_LOGGED = { ...BTF_LOAD, minimumSize: 32 } as const satisfies AttrTable

export const LINK_CREATE = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: LINK_CREATE_HEAD,
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_PERF_EVENT: kprobes, uprobes, tracepoints and perf events (Linux 5.15). */
export const LINK_CREATE_PERF_EVENT = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [...LINK_CREATE_HEAD, { name: 'perf_event.bpf_cookie', offset: 16, type: 'u64', since: '5.15' }],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_TRACE_UPROBE_MULTI or BPF_TRACE_UPROBE_SESSION: many places of one file at once (Linux 6.6). */
export const LINK_CREATE_UPROBE_MULTI = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    ...LINK_CREATE_HEAD,
    { name: 'uprobe_multi.path', offset: 16, type: 'ptr', since: '6.6', required: true },
    { name: 'uprobe_multi.offsets', offset: 24, type: 'ptr', since: '6.6', required: true },
    { name: 'uprobe_multi.ref_ctr_offsets', offset: 32, type: 'ptr', since: '6.6' },
    { name: 'uprobe_multi.cookies', offset: 40, type: 'ptr', since: '6.6' },
    { name: 'uprobe_multi.cnt', offset: 48, type: 'u32', since: '6.6', required: true },
    { name: 'uprobe_multi.flags', offset: 52, type: 'u32', since: '6.6' },
    { name: 'uprobe_multi.pid', offset: 56, type: 'u32', since: '6.6' },
  ],
} as const satisfies AttrTable

/** BPF_LINK_CREATE with BPF_STRUCT_OPS: a struct_ops map that was created with BPF_F_LINK (Linux 6.4). */
export const LINK_CREATE_STRUCT_OPS = {
  name: 'BPF_LINK_CREATE',
  command: bpf_cmd.BPF_LINK_CREATE,
  fields: [
    { name: 'map_fd', offset: 0, type: 'u32', since: '6.4', required: true },
    { name: 'attach_type', offset: 8, type: 'u32', since: '5.7', required: true },
    { name: 'flags', offset: 12, type: 'u32', since: '5.7' },
  ],
} as const satisfies AttrTable

/** What BPF_LINK_CREATE takes, by `attach_type`; LINK_CREATE where only the head counts. */
export const LINK_CREATE_TABLES: ReadonlyMap<number, AttrTable> = new Map<number, AttrTable>([
  [bpf_attach_type.BPF_PERF_EVENT, LINK_CREATE_PERF_EVENT],
  [bpf_attach_type.BPF_TRACE_UPROBE_MULTI, LINK_CREATE_UPROBE_MULTI],
  [bpf_attach_type.BPF_TRACE_UPROBE_SESSION, LINK_CREATE_UPROBE_MULTI],
  [bpf_attach_type.BPF_STRUCT_OPS, LINK_CREATE_STRUCT_OPS],
  ...TRACING_LINK_TABLES,
  ...NETWORK_LINK_TABLES,
])

/** A link of a struct_ops map has maps where others have programs (Linux 6.4). */
export const LINK_UPDATE = {
  name: 'BPF_LINK_UPDATE',
  command: bpf_cmd.BPF_LINK_UPDATE,
  fields: [
    { name: 'link_fd', offset: 0, type: 'u32', since: '5.7', required: true },
    { name: 'new_prog_fd', offset: 4, type: 'u32', since: '5.7' },
    { name: 'new_map_fd', offset: 4, type: 'u32', since: '6.4', overlays: 'new_prog_fd' },
    { name: 'flags', offset: 8, type: 'u32', since: '5.7' },
    { name: 'old_prog_fd', offset: 12, type: 'u32', since: '5.7' },
    { name: 'old_map_fd', offset: 12, type: 'u32', since: '6.4', overlays: 'old_prog_fd' },
  ],
} as const satisfies AttrTable

export const LINK_DETACH = {
  name: 'BPF_LINK_DETACH',
  command: bpf_cmd.BPF_LINK_DETACH,
  fields: [{ name: 'link_fd', offset: 0, type: 'u32', since: '5.9', required: true }],
} as const satisfies AttrTable

export const PROG_BIND_MAP = {
  name: 'BPF_PROG_BIND_MAP',
  command: bpf_cmd.BPF_PROG_BIND_MAP,
  fields: [
    { name: 'prog_fd', offset: 0, type: 'u32', since: '5.10', required: true },
    { name: 'map_fd', offset: 4, type: 'u32', since: '5.10', required: true },
    { name: 'flags', offset: 8, type: 'u32', since: '5.10' },
  ],
} as const satisfies AttrTable

/** The kernel stores its answers even if the size that it was told ends before them (`bpf_test_finish`). */
export const PROG_TEST_RUN = {
  name: 'BPF_PROG_TEST_RUN',
  command: bpf_cmd.BPF_PROG_TEST_RUN,
  fields: [
    { name: 'prog_fd', offset: 0, type: 'u32', since: '4.12', required: true },
    { name: 'retval', offset: 4, type: 'u32', since: '4.12', written: true },
    { name: 'data_size_in', offset: 8, type: 'u32', since: '4.12' },
    { name: 'data_size_out', offset: 12, type: 'u32', since: '4.12', written: true },
    { name: 'data_in', offset: 16, type: 'ptr', since: '4.12' },
    { name: 'data_out', offset: 24, type: 'ptr', since: '4.12' },
    { name: 'repeat', offset: 32, type: 'u32', since: '4.12' },
    { name: 'duration', offset: 36, type: 'u32', since: '4.12', written: true },
    { name: 'ctx_size_in', offset: 40, type: 'u32', since: '5.2' },
    { name: 'ctx_size_out', offset: 44, type: 'u32', since: '5.2', written: true },
    { name: 'ctx_in', offset: 48, type: 'ptr', since: '5.2' },
    { name: 'ctx_out', offset: 56, type: 'ptr', since: '5.2' },
    { name: 'flags', offset: 64, type: 'u32', since: '5.10' },
    { name: 'cpu', offset: 68, type: 'u32', since: '5.10' },
    { name: 'batch_size', offset: 72, type: 'u32', since: '5.18' },
  ],
} as const satisfies AttrTable

export const OBJ_GET_INFO_BY_FD = {
  name: 'BPF_OBJ_GET_INFO_BY_FD',
  command: bpf_cmd.BPF_OBJ_GET_INFO_BY_FD,
  fields: [
    { name: 'bpf_fd', offset: 0, type: 'u32', since: '4.13', required: true },
    { name: 'info_len', offset: 4, type: 'u32', since: '4.13', required: true, written: true },
    { name: 'info', offset: 8, type: 'ptr', since: '4.13', required: true },
  ],
} as const satisfies AttrTable

const OBJ_FIELDS = [
  { name: 'pathname', offset: 0, type: 'ptr', since: '4.4', required: true },
  { name: 'bpf_fd', offset: 8, type: 'u32', since: '4.4' },
  { name: 'file_flags', offset: 12, type: 'u32', since: '4.15' },
  { name: 'path_fd', offset: 16, type: 'i32', since: '6.5' },
] as const

export const OBJ_PIN = {
  name: 'BPF_OBJ_PIN',
  command: bpf_cmd.BPF_OBJ_PIN,
  fields: OBJ_FIELDS,
} as const satisfies AttrTable

export const OBJ_GET = {
  name: 'BPF_OBJ_GET',
  command: bpf_cmd.BPF_OBJ_GET,
  fields: OBJ_FIELDS,
} as const satisfies AttrTable

/** The kernel stores the next id even if the size that it was told ends before it (`bpf_obj_get_next_id`). */
const NEXT_ID_FIELDS = [
  { name: 'start_id', offset: 0, type: 'u32', since: '4.13', required: true },
  { name: 'next_id', offset: 4, type: 'u32', since: '4.13', written: true },
] as const

export const PROG_GET_NEXT_ID = {
  name: 'BPF_PROG_GET_NEXT_ID',
  command: bpf_cmd.BPF_PROG_GET_NEXT_ID,
  fields: NEXT_ID_FIELDS,
} as const satisfies AttrTable

export const MAP_GET_NEXT_ID = {
  name: 'BPF_MAP_GET_NEXT_ID',
  command: bpf_cmd.BPF_MAP_GET_NEXT_ID,
  fields: NEXT_ID_FIELDS,
} as const satisfies AttrTable

export const BTF_GET_NEXT_ID = {
  name: 'BPF_BTF_GET_NEXT_ID',
  command: bpf_cmd.BPF_BTF_GET_NEXT_ID,
  fields: NEXT_ID_FIELDS,
} as const satisfies AttrTable

export const LINK_GET_NEXT_ID = {
  name: 'BPF_LINK_GET_NEXT_ID',
  command: bpf_cmd.BPF_LINK_GET_NEXT_ID,
  fields: NEXT_ID_FIELDS,
} as const satisfies AttrTable

export const PROG_GET_FD_BY_ID = {
  name: 'BPF_PROG_GET_FD_BY_ID',
  command: bpf_cmd.BPF_PROG_GET_FD_BY_ID,
  fields: [{ name: 'prog_id', offset: 0, type: 'u32', since: '4.13', required: true }],
} as const satisfies AttrTable

export const MAP_GET_FD_BY_ID = {
  name: 'BPF_MAP_GET_FD_BY_ID',
  command: bpf_cmd.BPF_MAP_GET_FD_BY_ID,
  fields: [
    { name: 'map_id', offset: 0, type: 'u32', since: '4.13', required: true },
    { name: 'open_flags', offset: 8, type: 'u32', since: '4.15' },
  ],
} as const satisfies AttrTable

export const BTF_GET_FD_BY_ID = {
  name: 'BPF_BTF_GET_FD_BY_ID',
  command: bpf_cmd.BPF_BTF_GET_FD_BY_ID,
  fields: [
    { name: 'btf_id', offset: 0, type: 'u32', since: '4.18', required: true },
    { name: 'open_flags', offset: 8, type: 'u32', since: '6.15' },
    { name: 'fd_by_id_token_fd', offset: 12, type: 'i32', since: '6.15' },
  ],
} as const satisfies AttrTable

export const LINK_GET_FD_BY_ID = {
  name: 'BPF_LINK_GET_FD_BY_ID',
  command: bpf_cmd.BPF_LINK_GET_FD_BY_ID,
  fields: [{ name: 'link_id', offset: 0, type: 'u32', since: '5.8', required: true }],
} as const satisfies AttrTable

export const TOKEN_CREATE = {
  name: 'BPF_TOKEN_CREATE',
  command: bpf_cmd.BPF_TOKEN_CREATE,
  fields: [
    { name: 'flags', offset: 0, type: 'u32', since: '6.9' },
    { name: 'bpffs_fd', offset: 4, type: 'u32', since: '6.9', required: true },
  ],
} as const satisfies AttrTable

/** Every table of `union bpf_attr`. A command whose fields depend on what is attached has several. */
export const BPF_ATTR_TABLES: readonly AttrTable[] = [
  MAP_CREATE,
  MAP_LOOKUP_ELEM,
  MAP_UPDATE_ELEM,
  MAP_DELETE_ELEM,
  MAP_GET_NEXT_KEY,
  MAP_LOOKUP_AND_DELETE_ELEM,
  MAP_LOOKUP_BATCH,
  MAP_LOOKUP_AND_DELETE_BATCH,
  MAP_UPDATE_BATCH,
  MAP_DELETE_BATCH,
  MAP_FREEZE,
  PROG_LOAD,
  BTF_LOAD,
  LINK_CREATE,
  ...new Set(LINK_CREATE_TABLES.values()),
  LINK_UPDATE,
  LINK_DETACH,
  RAW_TRACEPOINT_OPEN,
  ITER_CREATE,
  PROG_ATTACH,
  PROG_DETACH,
  PROG_QUERY,
  PROG_BIND_MAP,
  PROG_TEST_RUN,
  OBJ_GET_INFO_BY_FD,
  OBJ_PIN,
  OBJ_GET,
  PROG_GET_NEXT_ID,
  MAP_GET_NEXT_ID,
  BTF_GET_NEXT_ID,
  LINK_GET_NEXT_ID,
  PROG_GET_FD_BY_ID,
  MAP_GET_FD_BY_ID,
  BTF_GET_FD_BY_ID,
  LINK_GET_FD_BY_ID,
  TOKEN_CREATE,
]
