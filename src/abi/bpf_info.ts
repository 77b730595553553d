import type { StructTable } from './attr_table.ts'

/**
 * What BPF_OBJ_GET_INFO_BY_FD answers, from include/uapi/linux/bpf.h, Linux 6.18. Addresses of buffers that the caller
 * would have to provide are left out, and so is what lies behind the last field named here.
 */

export const BPF_PROG_INFO = {
  name: 'bpf_prog_info',
  fields: [
    { name: 'type', offset: 0, type: 'u32', since: '4.13' },
    { name: 'id', offset: 4, type: 'u32', since: '4.13' },
    { name: 'tag', offset: 8, type: 'u8[8]', since: '4.13' },
    { name: 'jited_prog_len', offset: 16, type: 'u32', since: '4.13' },
    { name: 'xlated_prog_len', offset: 20, type: 'u32', since: '4.13' },
    { name: 'load_time', offset: 40, type: 'u64', since: '4.15' },
    { name: 'created_by_uid', offset: 48, type: 'u32', since: '4.15' },
    { name: 'nr_map_ids', offset: 52, type: 'u32', since: '4.15' },
    { name: 'name', offset: 64, type: 'char[16]', since: '4.15' },
    { name: 'btf_id', offset: 128, type: 'u32', since: '5.0' },
    { name: 'nr_func_info', offset: 144, type: 'u32', since: '5.0' },
    { name: 'nr_line_info', offset: 148, type: 'u32', since: '5.0' },
    { name: 'run_time_ns', offset: 192, type: 'u64', since: '5.1' },
    { name: 'run_cnt', offset: 200, type: 'u64', since: '5.1' },
    { name: 'recursion_misses', offset: 208, type: 'u64', since: '5.12' },
    { name: 'verified_insns', offset: 216, type: 'u32', since: '5.16' },
  ],
} as const satisfies StructTable

export const BPF_MAP_INFO = {
  name: 'bpf_map_info',
  fields: [
    { name: 'type', offset: 0, type: 'u32', since: '4.13' },
    { name: 'id', offset: 4, type: 'u32', since: '4.13' },
    { name: 'key_size', offset: 8, type: 'u32', since: '4.13' },
    { name: 'value_size', offset: 12, type: 'u32', since: '4.13' },
    { name: 'max_entries', offset: 16, type: 'u32', since: '4.13' },
    { name: 'map_flags', offset: 20, type: 'u32', since: '4.13' },
    { name: 'name', offset: 24, type: 'char[16]', since: '4.15' },
    { name: 'ifindex', offset: 40, type: 'u32', since: '4.16' },
    { name: 'btf_vmlinux_value_type_id', offset: 44, type: 'u32', since: '5.6' },
    { name: 'netns_dev', offset: 48, type: 'u64', since: '4.16' },
    { name: 'netns_ino', offset: 56, type: 'u64', since: '4.16' },
    { name: 'btf_id', offset: 64, type: 'u32', since: '4.18' },
    { name: 'btf_key_type_id', offset: 68, type: 'u32', since: '4.18' },
    { name: 'btf_value_type_id', offset: 72, type: 'u32', since: '4.18' },
    { name: 'map_extra', offset: 80, type: 'u64', since: '5.16' },
  ],
} as const satisfies StructTable

/** The part that links of every kind have. */
export const BPF_LINK_INFO = {
  name: 'bpf_link_info',
  fields: [
    { name: 'type', offset: 0, type: 'u32', since: '5.8' },
    { name: 'id', offset: 4, type: 'u32', since: '5.8' },
    { name: 'prog_id', offset: 8, type: 'u32', since: '5.8' },
  ],
} as const satisfies StructTable

export const BPF_BTF_INFO = {
  name: 'bpf_btf_info',
  fields: [
    { name: 'btf_size', offset: 8, type: 'u32', since: '4.18' },
    { name: 'id', offset: 12, type: 'u32', since: '4.18' },
    { name: 'name_len', offset: 24, type: 'u32', since: '5.11' },
    { name: 'kernel_btf', offset: 28, type: 'u32', since: '5.11' },
  ],
} as const satisfies StructTable

/** What BPF_OBJ_GET_INFO_BY_FD is told of a BTF by whoever wants its bytes alone, which kernels before 5.11 can give, too. */
export const BPF_BTF_INFO_BYTES = {
  name: 'bpf_btf_info',
  fields: [
    { name: 'btf', offset: 0, type: 'ptr', since: '4.18' },
    { name: 'btf_size', offset: 8, type: 'u32', since: '4.18' },
    { name: 'id', offset: 12, type: 'u32', since: '4.18', written: true },
  ],
} as const satisfies StructTable

/** What BPF_OBJ_GET_INFO_BY_FD is told of a BTF: the buffers that its bytes and its name are to be written to. */
export const BPF_BTF_INFO_BUFFERS = {
  name: 'bpf_btf_info',
  fields: [
    { name: 'btf', offset: 0, type: 'ptr', since: '4.18' },
    { name: 'btf_size', offset: 8, type: 'u32', since: '4.18' },
    { name: 'name', offset: 16, type: 'ptr', since: '5.11' },
    { name: 'name_len', offset: 24, type: 'u32', since: '5.11' },
    { name: 'kernel_btf', offset: 28, type: 'u32', since: '5.11', written: true },
  ],
} as const satisfies StructTable
