import type { ByteOffset, TypeId } from '../base/units.ts'
import type { KconfigType } from './kconfig_type.ts'

/**
 * What an object refers to and does not define: `extern` declarations with `__kconfig` or `__ksym` of bpf_helpers.h, which
 * the loader gives a meaning when it knows the kernel.
 */
export type ExternSpec = KconfigExtern | KsymExtern | KfuncExtern

interface Extern {
  readonly name: string
  /** Declared `__weak`: it may be missing, and is null or 0 then. A strong one that is missing fails who refers to it. */
  readonly weak: boolean
}

/** A value of the kernel's configuration, or one of libbpf's `LINUX_*`: a read-only variable of map `.kconfig`. */
export interface KconfigExtern extends Extern {
  readonly kind: 'kconfig'
  /** The variable's type. */
  readonly type: TypeId
  /** What the type can hold. */
  readonly holds: KconfigType
  /** Bytes. */
  readonly size: number
  /** From the start of `.kconfig`. */
  readonly offset: ByteOffset
}

/** The address of something in the kernel, or of a variable whose type the kernel's BTF tells. */
export interface KsymExtern extends Extern {
  readonly kind: 'ksym'
  /** The variable's type, behind typedefs and qualifiers; `void` where only an address is asked for. */
  readonly type: TypeId
}

/** A function of the kernel that programs may call. */
export interface KfuncExtern extends Extern {
  readonly kind: 'kfunc'
  /** Its prototype. */
  readonly type: TypeId
}
