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
  { object: 'externs_kconfig', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kconfig_virtual', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kconfig_weak', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_kfunc', reason: 'kfuncs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_ksym_typed_weak', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'externs_ksym_typeless', reason: 'externs (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'functions_exception', reason: 'kfunc bpf_throw (RELOCATION_UNDEFINED_SYMBOL)' },
  { object: 'maps_arena', reason: 'references to arena globals (RELOCATION_BAD_TARGET)' },
  {
    object: 'programs_struct_ops',
    reason: 'struct_ops (LOAD_PROGRAM_UNSUPPORTED)',
  },
]
