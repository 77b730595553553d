import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { BtfEnum } from '../btf/types.ts'

/** A kernel that is known by its types alone. */
export interface CheckedKernel {
  /** As people call it, e.g. `6.1.0-50-cloud-amd64`. */
  readonly name: string
  readonly vmlinux: Btf
  /** Those of modules that were given, split BTF on top of `vmlinux`. */
  readonly modules: readonly ModuleBtf[]
}

/** Whether the kernel's own enum has an enumerator; 'unknown' where its BTF has no such enum. */
export function hasEnumerator(btf: Btf, enumName: string, enumerator: string): 'yes' | 'no' | 'unknown' {
  const type = findEnum(btf, enumName)
  if (type === undefined) return 'unknown'
  return type.enumerators.some(({ name }) => name === enumerator) ? 'yes' : 'no'
}

/** The names of all enumerators of the kernel's own enum; undefined where its BTF has no such enum. */
export function enumeratorsOf(btf: Btf, enumName: string): ReadonlySet<string> | undefined {
  const type = findEnum(btf, enumName)
  return type && new Set(type.enumerators.map(({ name }) => name))
}

const findEnum = (btf: Btf, name: string): BtfEnum | undefined =>
  btf.find(name, 'enum') ?? btf.find(name, 'enum64')

/**
 * The flags of BPF_MAP_CREATE that a kernel knows, whose enum has no name: BPF_F_NO_PREALLOC is the first of them. undefined where its
 * BTF does not tell.
 */
export function mapFlagsOf(btf: Btf): ReadonlySet<string> | undefined {
  for (const id of btf.idsOfKind('enum')) {
    if (btf.nameOf(id) !== '') continue
    const type = btf.type(id)
    if (type.kind !== 'enum' || !type.enumerators.some(({ name }) => name === 'BPF_F_NO_PREALLOC')) continue
    return new Set(type.enumerators.map(({ name }) => name))
  }
  return undefined
}

/** How system calls are named as functions, by architecture (arch/ARCH/include/asm/syscall_wrapper.h, Linux 6.18). */
const SYSCALL_PREFIXES = ['__x64_sys_', '__arm64_sys_', '__riscv_sys_', '__s390x_sys_']

/** Whether system calls have functions of their own for the architecture: LINUX_HAS_SYSCALL_WRAPPER of libbpf's. */
export function hasSyscallWrapper(btf: Btf): boolean {
  return SYSCALL_PREFIXES.some((prefix) => btf.find(`${prefix}getpid`, 'func') !== undefined)
}

export function hasSyscall(btf: Btf, name: string): boolean {
  return [...SYSCALL_PREFIXES, 'sys_', '__se_sys_'].some(
    (prefix) => btf.find(`${prefix}${name}`, 'func') !== undefined,
  )
}

/** The system call that a function does: `openat` for `__x64_sys_openat`; undefined where it does none. */
export function syscallOf(name: string): string | undefined {
  const prefix = SYSCALL_PREFIXES.find((each) => name.startsWith(each))
  return prefix && name.slice(prefix.length)
}
