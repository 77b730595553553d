import type { Endianness } from '../base/reader.ts'
import type { InsnIndex } from '../base/units.ts'
import type { Insn } from './insn.ts'
import { InsnError } from './insn_error.ts'
import { INSN_SIZE } from './opcodes.ts'

/**
 * Instructions in place: reads and writes single fields of slots in `bytes`, and allocates nothing but for
 * `get`. The slot is laid out as code (8 bits), registers (4 and 4), off (16), imm (32); which register comes
 * in the low four bits depends on the byte order (Documentation/bpf/standardization/instruction-set.rst,
 * "Basic instruction encoding").
 *
 * Every method throws an InsnError INSN_OUT_OF_BOUNDS for a slot that is not there.
 */
export class InsnView {
  /** Whole slots in the bytes. A rest that is no whole slot does not count. */
  readonly length: number
  readonly #view: DataView
  readonly #littleEndian: boolean

  constructor(bytes: Uint8Array, endianness: Endianness = 'little') {
    this.length = Math.floor(bytes.length / INSN_SIZE)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#littleEndian = endianness === 'little'
  }

  code(index: InsnIndex): number {
    return this.#view.getUint8(this.#offsetOf(index))
  }

  dst(index: InsnIndex): number {
    const registers = this.#view.getUint8(this.#offsetOf(index) + 1)
    return this.#littleEndian ? registers & 0xf : registers >> 4
  }

  src(index: InsnIndex): number {
    const registers = this.#view.getUint8(this.#offsetOf(index) + 1)
    return this.#littleEndian ? registers >> 4 : registers & 0xf
  }

  off(index: InsnIndex): number {
    return this.#view.getInt16(this.#offsetOf(index) + 2, this.#littleEndian)
  }

  imm(index: InsnIndex): number {
    return this.#view.getInt32(this.#offsetOf(index) + 4, this.#littleEndian)
  }

  get(index: InsnIndex): Insn {
    const start = this.#offsetOf(index)
    const registers = this.#view.getUint8(start + 1)
    const low = registers & 0xf
    const high = registers >> 4
    return {
      code: this.#view.getUint8(start),
      dst: this.#littleEndian ? low : high,
      src: this.#littleEndian ? high : low,
      off: this.#view.getInt16(start + 2, this.#littleEndian),
      imm: this.#view.getInt32(start + 4, this.#littleEndian),
    }
  }

  /** @throws InsnError INSN_BAD_FIELD if a value does not fit into its field; nothing is written then */
  set(index: InsnIndex, insn: Insn): void {
    const start = this.#offsetOf(index)
    checkRange(index, 'code', insn.code, 0, 0xff)
    checkRange(index, 'dst', insn.dst, 0, 0xf)
    checkRange(index, 'src', insn.src, 0, 0xf)
    checkRange(index, 'off', insn.off, -0x8000, 0x7fff)
    checkRange(index, 'imm', insn.imm, -0x8000_0000, 0x7fff_ffff)
    const registers = this.#littleEndian ? (insn.src << 4) | insn.dst : (insn.dst << 4) | insn.src
    this.#view.setUint8(start, insn.code)
    this.#view.setUint8(start + 1, registers)
    this.#view.setInt16(start + 2, insn.off, this.#littleEndian)
    this.#view.setInt32(start + 4, insn.imm, this.#littleEndian)
  }

  /** @throws InsnError INSN_BAD_FIELD */
  setImm(index: InsnIndex, imm: number): void {
    const start = this.#offsetOf(index)
    checkRange(index, 'imm', imm, -0x8000_0000, 0x7fff_ffff)
    this.#view.setInt32(start + 4, imm, this.#littleEndian)
  }

  #offsetOf(index: InsnIndex): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index * INSN_SIZE
    throw new InsnError(
      'INSN_OUT_OF_BOUNDS',
      `cannot access instruction ${index}: there are ${this.length} instructions`,
      { offset: index * INSN_SIZE },
    )
  }
}

function checkRange(index: InsnIndex, field: keyof Insn, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new InsnError(
    'INSN_BAD_FIELD',
    `cannot write instruction ${index}: ${field} is ${value}, it holds whole numbers from ${least} to ${most}`,
    { offset: index * INSN_SIZE },
  )
}
