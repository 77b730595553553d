import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import { btfInfo, nextBtfId, openBtfById } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { identityOf } from '../kernel/identity.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import { vmlinuxBtfBytes } from '../kernel/vmlinux_btf.ts'
import type { KernelObjectStep } from './steps.ts'

/** A kernel's types do not change while it runs, so they are indexed once. */
const indexed = new WeakMap<Kernel, Btf>()

/** The types of a kernel that does not run, as far as they are needed. */
export interface AssumedTypes {
  readonly vmlinux: () => Btf
  readonly modules: () => readonly ModuleBtf[]
}

/** Has `kernel`, one that does not run, answer with these types. */
export function assumeKernelTypes(kernel: Kernel, types: AssumedTypes): void {
  assumed.set(identityOf(kernel), types)
}

const assumed = new WeakMap<Kernel, AssumedTypes>()

/**
 * The types of the running kernel. Where it is newer than rawbpf and has a kind of types that cannot be skipped, those
 * before are there (`Btf.gap`).
 *
 * @throws KernelError 'NO_KERNEL_BTF'; PermissionError; BtfError
 */
export function runningKernelBtf(kernel: Kernel, observer: Observer<KernelObjectStep>): Btf {
  const btf =
    indexed.get(identityOf(kernel)) ?? assumed.get(identityOf(kernel))?.vmlinux() ?? parseVmlinux(kernel)
  indexed.set(identityOf(kernel), btf)
  const { name, bytes, typeCount } = btf
  observer?.({ kind: 'target-btf-read', name, bytes: bytes.length, typeCount })
  return btf
}

function parseVmlinux(kernel: Kernel): Btf {
  return Btf.parse(vmlinuxBtfBytes(kernel), { name: 'vmlinux', atUnknownKind: 'stop' })
}

/** The types of a module that the kernel has. */
export interface RunningModuleBtf extends ModuleBtf {
  /** What the kernel calls them by. Another id is given where the module is loaded again. */
  readonly id: number
}

/** Modules that were read, by BTF id. They come and go while the kernel runs; ids are not used twice. */
const known = new WeakMap<Kernel, ReadonlyMap<number, RunningModuleBtf>>()

/** Bytes; more than all of a distribution's kernel. */
const MAX_SIZE = 512 * 1024 * 1024

/** What a BTF in the kernel is good for here. */
type Found =
  | { readonly kind: 'module'; readonly module: RunningModuleBtf }
  | { readonly kind: 'broken'; readonly name: string; readonly error: BpfError }
  | { readonly kind: 'other' }

/**
 * The types of the kernel's modules, in the order of their ids, which is that of loading. Each is read once for as long as
 * the module stays. A module whose types cannot be read is left out and reported; so is what is left where the kernel
 * does not tell them, for want of a capability or because it is older than Linux 5.11. libbpf lists the same
 * (`load_module_btfs` in src/libbpf.c), but gives up at the first that is broken.
 *
 * @param vmlinux What the modules' types go on from.
 */
export function runningModuleBtfs(
  kernel: Kernel,
  vmlinux: Btf,
  observer: Observer<KernelObjectStep>,
): readonly RunningModuleBtf[] {
  const given = assumed.get(identityOf(kernel))?.modules()
  if (given !== undefined) {
    const modules = given.map((module, index) => ({ ...module, id: index + 1 }))
    known.set(identityOf(kernel), new Map(modules.map((module) => [module.id, module])))
    return modules
  }
  const before = known.get(identityOf(kernel))
  const modules = new Map<number, RunningModuleBtf>()
  try {
    for (let id = nextBtfId(kernel, 0); id !== undefined; id = nextBtfId(kernel, id)) {
      const found = before?.get(id) ?? readModule(kernel, id, vmlinux, observer)
      if (found !== undefined) modules.set(id, found)
    }
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    observer?.({ kind: 'modules-not-listed', reason: error.message })
  }
  known.set(identityOf(kernel), modules)
  return [...modules.values()]
}

/**
 * Opens the types of a module that `runningModuleBtfs` gave: what `fd_array` and the second half of an `ldimm64` name a
 * module by. The caller closes the descriptor.
 *
 * @returns undefined where there is no such module, or it has gone meanwhile
 * @throws SyscallError
 */
export function openModuleBtf(kernel: Kernel, name: string): FileDescriptor | undefined {
  const modules = [...(known.get(identityOf(kernel))?.values() ?? [])]
  const module = modules.find((each) => each.name === name)
  return module === undefined ? undefined : openBtfById(kernel, module.id)
}

function readModule(
  kernel: Kernel,
  id: number,
  vmlinux: Btf,
  observer: Observer<KernelObjectStep>,
): RunningModuleBtf | undefined {
  const found = look(kernel, id, vmlinux)
  if (found.kind === 'broken')
    observer?.({ kind: 'module-btf-skipped', module: found.name, reason: found.error.message })
  if (found.kind !== 'module') return undefined
  const { name, btf } = found.module
  observer?.({ kind: 'target-btf-read', name, bytes: btf.bytes.length, typeCount: btf.typeCount })
  return found.module
}

function look(kernel: Kernel, id: number, vmlinux: Btf): Found {
  using descriptor = openBtfById(kernel, id)
  if (descriptor === undefined) return { kind: 'other' }
  const { name, size, origin } = btfInfo(kernel, descriptor.fd)
  if (origin === 'user' || name === 'vmlinux' || size > MAX_SIZE) return { kind: 'other' }
  try {
    const bytes = new Uint8Array(size)
    btfInfo(kernel, descriptor.fd, bytes)
    return { kind: 'module', module: { id, name, btf: Btf.parse(bytes, { name, base: vmlinux }) } }
  } catch (error) {
    if (error instanceof BpfError) return { kind: 'broken', name, error }
    throw error
  }
}
