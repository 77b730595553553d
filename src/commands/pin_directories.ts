import { existsSync, rmdirSync } from 'node:fs'
import type { Kernel } from '../index.ts'
import { ensureBpfFs, requireBpfFs } from '../kernel/bpffs.ts'

/** What to do about a directory that is not there, outside of any BPF file system. */
export type MissingDirectory = 'make' | 'refuse'

/** The directories that a command pins in. Those that it had to make go again, unless `keep` is called. */
export class PinDirectories implements Disposable {
  readonly #kernel: Kernel
  readonly #unmounted: 'mount' | 'refuse'
  readonly #made: string[] = []

  /** @param unmounted What to do where there is no BPF file system. */
  constructor(kernel: Kernel, unmounted: 'mount' | 'refuse') {
    this.#kernel = kernel
    this.#unmounted = unmounted
  }

  /**
   * Makes sure that `directory` is there and in a BPF file system; one that is mounted stays mounted.
   *
   * @throws KernelError 'NO_BPFFS'
   */
  require(directory: string, missing: MissingDirectory): void {
    const isThere = existsSync(directory)
    if (!isThere) this.#made.push(directory)
    if (this.#unmounted === 'refuse' || (!isThere && missing === 'refuse')) requireBpfFs(directory)
    else ensureBpfFs(this.#kernel, directory)
  }

  /** Everything went well: all of them stay. */
  keep(): void {
    this.#made.length = 0
  }

  [Symbol.dispose](): void {
    for (const directory of this.#made.reverse()) {
      try {
        rmdirSync(directory)
      } catch {
        // It was never made, a file system was mounted on it, or somebody has put something into it meanwhile.
      }
    }
  }
}
