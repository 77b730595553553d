import type { BtfError } from '../btf_error.ts'
import type { TypeTable } from '../type_table.ts'

/** How many types may lie around another one; of kernels' types 14 do. */
const MAX_NESTING = 128

/** Steps from type to type; kernels' types take two or three for each. */
const STEPS_PER_TYPE = 1000
const STEPS_BASE = 1_000_000

/** Characters of C for each byte of types; kernels' types take half a one. Alignment to pages takes many for a few bytes. */
const LENGTH_PER_BYTE = 32
const LENGTH_BASE = 1 << 25

/** Keeps walks from type to type from circles, and from types that are used again and again in what uses them. */
export class WalkLimits {
  readonly #table: TypeTable
  /** Characters, of one definition as of all. */
  readonly #longest: number
  #lengthLeft: number
  #stepsLeft: number

  constructor(table: TypeTable) {
    this.#table = table
    this.#longest = LENGTH_BASE + table.byteLength * LENGTH_PER_BYTE
    this.#lengthLeft = this.#longest
    this.#stepsLeft = STEPS_BASE + table.end * STEPS_PER_TYPE
  }

  /**
   * Counts a step.
   *
   * @param depth How many types lie around this one.
   * @throws BtfError BTF_TOO_DEEP, BTF_TOO_LARGE
   */
  step(id: number, depth: number): void {
    if (depth > MAX_NESTING) throw this.#tooDeep(id)
    if (--this.#stepsLeft < 0) throw this.#tooLarge()
  }

  /**
   * Looks at the length of a text, or of so many like it.
   *
   * @throws BtfError BTF_TOO_LARGE
   */
  size(text: string, count = 1): void {
    if (text.length * count > this.#longest) throw this.#tooLarge()
  }

  /**
   * Counts a text that was finished.
   *
   * @throws BtfError BTF_TOO_LARGE
   */
  finished(text: string): void {
    this.#lengthLeft -= text.length
    if (this.#lengthLeft < 0) throw this.#tooLarge()
  }

  #tooDeep(id: number): BtfError {
    const what = `type ${id} lies in more than ${MAX_NESTING} others, probably in a circle`
    return this.#table.error('BTF_TOO_DEEP', what)
  }

  #tooLarge(): BtfError {
    const what = `its ${this.#table.end - 1} types are part of each other in more ways than any compiler's types`
    return this.#table.error('BTF_TOO_LARGE', what)
  }
}
