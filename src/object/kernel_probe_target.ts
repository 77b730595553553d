/** Where in the kernel's code a program can be attached to: the targets of kprobes. */
export type KernelProbeTarget =
  | KprobeTarget
  | KretprobeTarget
  | KsyscallTarget
  | KretsyscallTarget
  | KprobeMultiTarget
  | KretprobeMultiTarget
  | KprobeSessionTarget
  | TracingMultiTarget

/** A function of the kernel's, as /proc/kallsyms has it: `do_exit`, or `nf_tables:nft_do_chain` of a module. */
export interface KernelFunction {
  readonly function: string
  /** 64 bits that the program gets from bpf_get_attach_cookie() where it runs for this function. Default 0. */
  readonly cookie?: bigint | undefined
}

/** An instruction of a function. Cookies since Linux 5.15. */
export interface KprobeTarget extends KernelFunction {
  readonly kind: 'kprobe'
  /** Bytes from the start of the function to the start of an instruction. Default 0. */
  readonly offset?: number | undefined
}

/** The return from a function. Cookies since Linux 5.15. */
export interface KretprobeTarget extends KernelFunction {
  readonly kind: 'kretprobe'
}

/** A system call by its name, `openat`, whatever the function that does it is called on the kernel's architecture. */
export interface KsyscallTarget {
  readonly kind: 'ksyscall'
  readonly name: string
  readonly cookie?: bigint | undefined
}

/** The return from a system call. */
export interface KretsyscallTarget extends Omit<KsyscallTarget, 'kind'> {
  readonly kind: 'kretsyscall'
}

/** Many functions, by one link: those that are listed, or all that match. */
type ManyFunctions =
  | { readonly functions: readonly KernelFunction[]; readonly pattern?: undefined }
  /** A shell's pattern of `*` and `?` for names of functions that can be traced. */
  | { readonly pattern: string; readonly functions?: undefined }

/** Entries of many functions (Linux 5.18). */
export type KprobeMultiTarget = ManyFunctions & { readonly kind: 'kprobe.multi' }

/** Returns from many functions (Linux 5.18). */
export type KretprobeMultiTarget = ManyFunctions & { readonly kind: 'kretprobe.multi' }

/** Entries of many functions, and their returns where the program answered 0 to the entry (Linux 6.10). */
export type KprobeSessionTarget = ManyFunctions & { readonly kind: 'kprobe.session' }

/** Entries of many functions, returns from them, or both, as the program's section says (Linux 7.2). Functions of vmlinux. */
export type TracingMultiTarget = ManyFunctions & { readonly kind: 'tracing.multi' }
