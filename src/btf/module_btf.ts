import type { Btf } from './btf.ts'

/** The types of one kernel module: split BTF that goes on from vmlinux's. */
export interface ModuleBtf {
  /** As the kernel calls the module, e.g. `nf_conntrack`. */
  readonly name: string
  readonly btf: Btf
}
