/** Objects that rawbpf does not load yet as libbpf does. The list may only shrink: an entry that passes fails the run. */
export interface KnownFailure {
  /** A source of the corpus, without its ending. */
  readonly object: string
  /** The clangs whose objects fail; left out where all do. */
  readonly clangs?: readonly number[]
  /** What is missing. */
  readonly reason: string
}

export const knownFailures: readonly KnownFailure[] = [
  { object: 'btf_kinds', clangs: [11], reason: 'BTF that the kernel refuses (LOAD_BTF_REFUSED)' },
  { object: 'btf_tags', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'core_arrays', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_bitfield', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_direct', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_enums', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_field_info', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_flavours', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_offsets', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_size_change', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_subprogram', reason: 'section name raw_tp/sys_exit (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_type_matches', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_typedefs', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'core_types', reason: 'section name raw_tp/sys_enter (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'data_hidden', reason: 'hidden variables become static in the BTF that is loaded' },
  { object: 'data_split_static', reason: 'BTF that the kernel refuses (LOAD_BTF_REFUSED)' },
  { object: 'elf_legacy_maps', reason: 'references to legacy maps (RELOCATION_BAD_TARGET)' },
  { object: 'externs_kconfig', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kconfig_virtual', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kconfig_weak', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kfunc', reason: 'kfuncs (RELOCATION_UNSUPPORTED)' },
  { object: 'externs_ksym_typed_weak', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_ksym_typeless', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'functions_arg_ctx', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'functions_callbacks', reason: 'references to functions (RELOCATION_BAD_TARGET)' },
  { object: 'functions_exception', reason: 'section name tc (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'functions_global_callback', reason: 'references to functions (RELOCATION_BAD_TARGET)' },
  { object: 'functions_hidden', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'functions_long_chain', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'functions_same_section', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'functions_subprograms', reason: 'calls between functions (RELOCATION_UNSUPPORTED)' },
  { object: 'functions_timer', reason: 'section name tc (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'maps_arena', reason: 'references to arena globals (RELOCATION_BAD_TARGET)' },
  { object: 'maps_inner', reason: 'map attribute values (OBJECT_UNSUPPORTED)' },
  { object: 'maps_inner_values', reason: 'map attribute values (OBJECT_UNSUPPORTED)' },
  { object: 'maps_kernel_pointers', reason: 'section name tc (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'maps_net_no_btf_types', reason: 'creation of map m_devmap (LOAD_MAP_REFUSED)' },
  { object: 'maps_pinned', reason: 'map attribute pinning (OBJECT_UNSUPPORTED)' },
  { object: 'maps_prog_array', reason: 'map attribute values (OBJECT_UNSUPPORTED)' },
  { object: 'maps_ringbuf_rounding', reason: 'creation of map odd (LOAD_MAP_REFUSED)' },
  { object: 'maps_types_unkeyed', reason: 'creation of map queue (LOAD_MAP_REFUSED)' },
  { object: 'programs_cgroup', reason: 'section name cgroup_skb/ingress (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'programs_iter', reason: 'section name iter/task (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'programs_net', reason: 'section name xdp.frags (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  { object: 'programs_other', reason: 'section name sk_msg (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
  {
    object: 'programs_struct_ops',
    reason: 'section name struct_ops/ssthresh (RELOCATION_UNKNOWN_PROGRAM_TYPE)',
  },
  {
    object: 'programs_tp_btf',
    reason: 'section name tp_btf/sched_process_exit (RELOCATION_UNKNOWN_PROGRAM_TYPE)',
  },
  { object: 'programs_trace', reason: 'section name kprobe/do_exit (RELOCATION_UNKNOWN_PROGRAM_TYPE)' },
]
