import { PermissionError } from '../kernel/capabilities.ts'
import { KALLSYMS_PATH, readKallsymsBytes } from '../kernel/kallsyms.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { KallsymsIndex, type KernelSymbol } from './kallsyms_index.ts'

/**
 * Names addresses of the kernel. `/proc/kallsyms` is read at the first address, and again by `refresh()`: modules come and go,
 * and so do BPF programs.
 */
export class KernelSymbols {
  readonly #kernel: Kernel
  #index: KallsymsIndex | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /**
   * The function that an address is in; undefined where it is in none.
   *
   * @throws KernelError 'NO_KALLSYMS'; PermissionError where the kernel hides all addresses: without them every name would be wrong
   */
  find(address: bigint): KernelSymbol | undefined {
    this.#index ??= this.#read()
    return this.#index.find(address)
  }

  /** Forgets what was read. */
  refresh(): void {
    this.#index = undefined
  }

  #read(): KallsymsIndex {
    const index = new KallsymsIndex(readKallsymsBytes(this.#kernel))
    if (!index.hidden) return index
    throw new PermissionError(
      `${KALLSYMS_PATH} shows every address as 0, so addresses of the kernel have no names: give the process CAP_SYSLOG, or set` +
        ' kernel.kptr_restrict to 0 and kernel.perf_event_paranoid to 1 or less',
      ['CAP_SYSLOG'],
    )
  }
}
