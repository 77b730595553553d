/** Bytes that the kernel knows when it verifies a program, as those of a frozen map. */
export interface FrozenBytes {
  readonly bytes: Uint8Array
  readonly offset: number
}

/**
 * What is known of a register: a number of 64 bits without sign, that it is an address and so not 0, the address of frozen
 * bytes, or nothing.
 */
export type Known = bigint | 'an address' | FrozenBytes | undefined

const REGISTERS = 11

/** What is known before an instruction: of the registers, and of eight bytes at places of the stack by their offsets from r10. */
export class KnownValues {
  readonly #registers: Known[]
  readonly #stack: Map<number, Known>

  private constructor(registers: Known[], stack: Map<number, Known>) {
    this.#registers = registers
    this.#stack = stack
  }

  /** At the start of a function: nothing. */
  static none(): KnownValues {
    return new KnownValues(new Array<Known>(REGISTERS).fill(undefined), new Map())
  }

  copy(): KnownValues {
    return new KnownValues([...this.#registers], new Map(this.#stack))
  }

  register(index: number): Known {
    return this.#registers[index]
  }

  setRegister(index: number, value: Known): void {
    this.#registers[index] = value
  }

  stack(offset: number): Known {
    return this.#stack.get(offset)
  }

  /** Stores `size` bytes at an offset from r10. What they overlap is known no more. */
  store(offset: number, size: number, value: Known): void {
    for (const start of this.#stack.keys()) {
      if (start < offset + size && offset < start + 8) this.#stack.delete(start)
    }
    if (size === 8 && value !== undefined) this.#stack.set(offset, value)
  }

  /** Somebody may have written to the stack through a pointer. */
  forgetStack(): void {
    this.#stack.clear()
  }

  /** Keeps what `other` knows, too; returns whether anything was given up. */
  join(other: KnownValues): boolean {
    let changed = false
    for (let index = 0; index < REGISTERS; index++) {
      const value = this.#registers[index]
      if (value === undefined || isSame(value, other.#registers[index])) continue
      this.#registers[index] = undefined
      changed = true
    }
    for (const [offset, value] of this.#stack) {
      if (isSame(value, other.#stack.get(offset))) continue
      this.#stack.delete(offset)
      changed = true
    }
    return changed
  }
}

function isSame(left: Known, right: Known): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object') return false
  return left.bytes === right.bytes && left.offset === right.offset
}
