import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { RelocatedFunction } from './relocated_function.ts'
import { RelocationError } from './relocation_error.ts'

/**
 * What all linked programs of an object may take together. Every program gets copies of what it calls, so a small file
 * with thousands of programs that share a long function would otherwise ask for any amount of memory.
 */
const MAX_LINKED_BYTES = 256 << 20

/** About what a function's place in a program takes, and an entry of a list: a reference or a relocation. */
const PLACE_BYTES = 256
const ENTRY_BYTES = 64
/** About what an entry of a jump table takes. */
const TABLE_ENTRY_BYTES = 8

export class LinkBudget {
  readonly #spec: ObjectSpec
  #spent = 0

  constructor(spec: ObjectSpec) {
    this.#spec = spec
  }

  /** Whether there is nothing left. That is no single program's fault, whichever of them asked last. */
  get spent(): boolean {
    return this.#spent > MAX_LINKED_BYTES
  }

  /**
   * Called for each function that gets a place in a program.
   *
   * @throws RelocationError 'RELOCATION_TOO_LARGE'
   */
  spendPlace({ insns }: FunctionSpec): void {
    this.#spend(insns.length + PLACE_BYTES)
  }

  /**
   * Called before all that is known of a function is copied into a program.
   *
   * @throws RelocationError 'RELOCATION_TOO_LARGE'
   */
  spendCopy(fn: RelocatedFunction): void {
    const { references, mapReferences, externs, coreRelocations, jumpTables, funcInfo, lineInfo } = fn
    for (const { targets } of jumpTables) this.spendJumpTable(targets.length)
    const entries = references.length + mapReferences.length + externs.length + coreRelocations.length
    this.#spend((funcInfo?.bytes.length ?? 0) + (lineInfo?.bytes.length ?? 0) + entries * ENTRY_BYTES)
  }

  /**
   * Called before a jump table is read: many references may share a long one.
   *
   * @throws RelocationError 'RELOCATION_TOO_LARGE'
   */
  spendJumpTable(entries: number): void {
    this.#spend(entries * TABLE_ENTRY_BYTES)
  }

  #spend(bytes: number): void {
    this.#spent += bytes
    if (this.#spent <= MAX_LINKED_BYTES) return
    throw new RelocationError(
      'RELOCATION_TOO_LARGE',
      `${this.#spec.elf.name}: cannot link its programs: with copies of the functions that they call they take more than ` +
        `${MAX_LINKED_BYTES >> 20} MiB; load fewer programs at once`,
      { object: this.#spec.elf.name },
    )
  }
}
