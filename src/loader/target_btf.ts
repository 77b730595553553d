import type { Observer } from '../base/observer.ts'
import { Btf } from '../btf/btf.ts'
import { identityOf } from '../kernel/identity.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { vmlinuxBtfBytes } from '../kernel/vmlinux_btf.ts'
import type { LoadStep } from './steps.ts'

/** A kernel's types do not change while it runs, so they are indexed once. */
const indexed = new WeakMap<Kernel, Btf>()

/**
 * The types of the running kernel. Where it is newer than rawbpf and has a kind of types that cannot be skipped, those
 * before are there (`Btf.gap`).
 *
 * @throws KernelError 'NO_KERNEL_BTF'; PermissionError; BtfError
 */
export function runningKernelBtf(kernel: Kernel, observer: Observer<LoadStep>): Btf {
  const btf = indexed.get(identityOf(kernel)) ?? parseVmlinux(kernel)
  indexed.set(identityOf(kernel), btf)
  const { name, bytes, typeCount } = btf
  observer?.({ kind: 'target-btf-read', name, bytes: bytes.length, typeCount })
  return btf
}

function parseVmlinux(kernel: Kernel): Btf {
  return Btf.parse(vmlinuxBtfBytes(kernel), { name: 'vmlinux', atUnknownKind: 'stop' })
}
