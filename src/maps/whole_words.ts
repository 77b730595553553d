/**
 * Copying out of and into memory that BPF programs change at the same time.
 *
 * A program's load of an aligned u64 must not see half of an old value and half of a new one, and neither must ours. Reading
 * or writing through a DataView gives no such promise: V8 may go byte by byte. Atomics on integer arrays do, for 8, 16,
 * 32 and 64 bits (ECMA-262, "IsNoTearConfiguration"). So bytes are copied in the largest aligned pieces of up to 8 that
 * lie within the copied range. A scalar that is aligned to its size lies in one such piece, be it a variable, a member or
 * an element; larger values are as many pieces, of which others may see some old and some new.
 *
 * Atomics are also in order: a program that sees what was written later sees what was written before, if it looks in the
 * opposite order with the barriers that its architecture needs.
 */

/** The same memory in words of each size. */
export interface Words {
  readonly u8: Uint8Array
  readonly u16: Uint16Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
}

/** @param buffer Its length is a multiple of 8, as that of pages is. */
export function wordsOf(buffer: ArrayBuffer): Words {
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    u64: new BigUint64Array(buffer),
  }
}

/** A copy of `length` bytes from `offset` on. The caller has checked the bounds. */
export function loadBytes(memory: Words, offset: number, length: number): Uint8Array {
  const { words, start, first } = scratchFor(offset, length)
  forEachPiece(offset, length, (at, size) => {
    copyPiece(words, at - first, memory, at, size)
  })
  return words.u8.subarray(start, start + length)
}

/** Puts bytes into memory from `offset` on, and touches none beside them. The caller has checked the bounds. */
export function storeBytes(memory: Words, offset: number, bytes: Uint8Array): void {
  const { words, start, first } = scratchFor(offset, bytes.length)
  words.u8.set(bytes, start)
  forEachPiece(offset, bytes.length, (at, size) => {
    copyPiece(memory, at, words, at - first, size)
  })
}

/** Memory of our own in which bytes have the same alignment as those from `offset` on. */
function scratchFor(offset: number, length: number): { words: Words; start: number; first: number } {
  const start = offset % 8
  const words = wordsOf(new ArrayBuffer(Math.ceil((start + length) / 8) * 8))
  return { words, start, first: offset - start }
}

function forEachPiece(offset: number, length: number, visit: (at: number, size: PieceSize) => void): void {
  const end = offset + length
  for (let at = offset; at < end;) {
    const size = sizes.find((each) => at % each === 0 && at + each <= end) ?? 1
    visit(at, size)
    at += size
  }
}

const sizes = [8, 4, 2, 1] as const
type PieceSize = (typeof sizes)[number]

function copyPiece(to: Words, toAt: number, from: Words, fromAt: number, size: PieceSize): void {
  switch (size) {
    case 8:
      Atomics.store(to.u64, toAt / 8, Atomics.load(from.u64, fromAt / 8))
      return
    case 4:
      Atomics.store(to.u32, toAt / 4, Atomics.load(from.u32, fromAt / 4))
      return
    case 2:
      Atomics.store(to.u16, toAt / 2, Atomics.load(from.u16, fromAt / 2))
      return
    case 1:
      Atomics.store(to.u8, toAt, Atomics.load(from.u8, fromAt))
      return
  }
}
