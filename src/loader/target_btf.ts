import type { Observer } from '../base/observer.ts'
import { Btf } from '../btf/btf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { vmlinuxBtfBytes } from '../kernel/vmlinux_btf.ts'
import type { LoadStep } from './steps.ts'

/** The running kernel's types do not change while it runs, so they are indexed once in a process. */
let indexed: Btf | undefined

/**
 * The types of the running kernel.
 *
 * @throws KernelError 'NO_KERNEL_BTF'; BtfError
 */
export function runningKernelBtf(kernel: Kernel, observer: Observer<LoadStep>): Btf {
  indexed ??= Btf.parse(vmlinuxBtfBytes(kernel), { name: 'vmlinux' })
  observer?.({
    kind: 'target-btf-read',
    name: indexed.name,
    bytes: indexed.bytes.length,
    typeCount: indexed.typeCount,
  })
  return indexed
}
