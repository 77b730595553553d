import { bpf_map_update_flags } from '../abi/generated/bpf.ts'

const { BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK } = bpf_map_update_flags

/** Whether the entry may, must not or must exist. */
const modes = { any: BPF_ANY, create: BPF_NOEXIST, replace: BPF_EXIST } as const

export type UpdateMode = keyof typeof modes

export interface LookupOptions {
  /**
   * Whether to hold the value's `struct bpf_spin_lock` meanwhile (BPF_F_LOCK), so that the value is seen as a whole. The map
   * has to have one. Default false.
   */
  readonly lock?: boolean | undefined
}

export interface UpdateOptions extends LookupOptions {
  /** Default 'any'. */
  readonly mode?: UpdateMode | undefined
}

export function lookupFlags(options: LookupOptions | undefined): number {
  return options?.lock === true ? BPF_F_LOCK : BPF_ANY
}

export function updateFlags(options: UpdateMode | UpdateOptions | undefined): number {
  if (options === undefined) return BPF_ANY
  if (typeof options === 'string') return modes[options]
  return modes[options.mode ?? 'any'] | lookupFlags(options)
}
