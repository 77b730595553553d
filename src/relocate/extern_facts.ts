import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'

/**
 * What has to be known of a kernel to give externs a meaning. Each is asked for at most once, and only where an extern
 * needs it. An extern whose fact was not given fails the functions that refer to it.
 */
export interface ExternFacts {
  /**
   * Gives the types of the kernel that the programs are loaded into, whose numbers functions and variables are named by.
   * Default: `targetBtf`, which may be another kernel's.
   */
  readonly kernelBtf?: () => Btf
  /** Gives the types of that kernel's modules, split BTF on top of `kernelBtf`'s. Default: `modules`. */
  readonly kernelModules?: () => readonly ModuleBtf[]
  /**
   * Each gives a configuration of the kernel, for externs called `CONFIG_*`. The first that sets an option decides; the next
   * is read only if some are missing.
   */
  readonly kernelConfig?: readonly (() => KernelConfigText)[]
  /** Gives the lines of `/proc/kallsyms`, for externs without a type. */
  readonly kallsyms?: () => string
  /** Gives LINUX_KERNEL_VERSION: major, minor and patch number in a byte each, as KERNEL_VERSION() has them. */
  readonly kernelVersion?: () => number
  /** Gives LINUX_HAS_BPF_COOKIE: whether programs can ask for a cookie that they were attached with. */
  readonly hasBpfCookie?: () => boolean
  /** Gives LINUX_HAS_SYSCALL_WRAPPER: whether system calls are functions like `__x64_sys_bpf`. */
  readonly hasSyscallWrapper?: () => boolean
}

/** A configuration of the kernel. */
export interface KernelConfigText {
  /** As errors and steps call it, e.g. `/proc/config.gz`. */
  readonly name: string
  /** Lines as in a kernel's `.config`, uncompressed. */
  readonly text: string
}
