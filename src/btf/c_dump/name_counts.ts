import { IDENTIFIER_BYTES } from './identifiers.ts'

/** A power of two: twice what a kernel has. */
const SLOTS = 1 << 17

/**
 * Counts names as C has them. Nearly all of them are there once, and have a slot of their own by their hash: it costs less
 * than a Map of 45,000 strings. Names whose slot another one has are in a Map, however many a file has of them.
 */
export class NameCounts {
  readonly #strings: Uint8Array
  /** By slot: where in the strings the name is; 0 for a free one. */
  readonly #offsets = new Uint32Array(SLOTS)
  readonly #counts = new Uint32Array(SLOTS)
  readonly #others = new Map<string, number>()

  /** @param strings NUL-terminated */
  constructor(strings: Uint8Array) {
    this.#strings = strings
  }

  /**
   * How many times this name was added, this time included.
   *
   * @param offset Where it is in the strings; not 0.
   * @param name What C has for it.
   */
  add(offset: number, name: string): number {
    const slot = this.#slotOf(offset)
    const known = this.#offsets[slot] ?? 0
    if (known !== 0 && known !== offset && !this.#isSame(known, offset)) {
      const count = (this.#others.get(name) ?? 0) + 1
      this.#others.set(name, count)
      return count
    }
    if (known === 0) this.#offsets[slot] = offset
    const count = (this.#counts[slot] ?? 0) + 1
    this.#counts[slot] = count
    return count
  }

  #slotOf(offset: number): number {
    const strings = this.#strings
    let hash = 0
    for (let at = offset; ; at++) {
      const byte = strings[at] ?? 0
      if (byte === 0) return (hash ^ (hash >>> 15)) & (SLOTS - 1)
      hash = (Math.imul(hash, 31) + (IDENTIFIER_BYTES[byte] ?? 0)) | 0
    }
  }

  #isSame(one: number, other: number): boolean {
    for (let index = 0; ; index++) {
      const byte = IDENTIFIER_BYTES[this.#strings[one + index] ?? 0]
      if (byte !== IDENTIFIER_BYTES[this.#strings[other + index] ?? 0]) return false
      if (byte === 0) return true
    }
  }
}
