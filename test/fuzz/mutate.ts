import { parseElf } from '../../src/elf/parse.ts'
import type { Random } from './random.ts'

/** A good object, and where in its file what is worth damaging lies. */
export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
  /** The sections' places in the file, the headers' first. */
  readonly regions: readonly Region[]
}

interface Region {
  readonly name: string
  readonly start: number
  readonly length: number
}

/** Bytes of the file header, of a section header, of a symbol and of a relocation in 64-bit ELF (elf(5)). */
const EHDR_SIZE = 64
const SHDR_SIZE = 64

export function seedOf(name: string, bytes: Uint8Array): Seed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = bytes[5] === 1
  const elf = parseElf(bytes, name)
  const headers = Number(view.getBigUint64(40, little))
  const sections = elf.sections
    .filter(({ data }) => data.length > 0 && data.buffer === elf.sections[1]?.data.buffer)
    .map(({ name: section, index }) => {
      const header = headers + index * SHDR_SIZE
      return {
        name: section,
        start: Number(view.getBigUint64(header + 24, little)),
        length: Number(view.getBigUint64(header + 32, little)),
      }
    })
    .filter(({ start, length }) => start + length <= bytes.length && length > 0)
  return {
    name,
    bytes,
    regions: [
      { name: 'file header', start: 0, length: EHDR_SIZE },
      { name: 'section headers', start: headers, length: elf.sections.length * SHDR_SIZE },
      ...sections,
    ],
  }
}

/** Values that lengths, offsets, counts and indices break at. */
const EXTREMES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xff00, 0xfff1, 0xfff2,
  0xffff, 0x1_0000, 0xff_ffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff,
] as const

/**
 * A damaged copy of one of `seeds`: one to eight changes, each of a kind that real damage or an attacker makes. Most hit
 * a region chosen by name, so that small ones (headers, BTF's header) are hit as often as long ones.
 */
export function mutate(seeds: readonly Seed[], random: Random): Uint8Array {
  const seed = random.pick(seeds)
  let bytes: Uint8Array = seed.bytes.slice()
  for (let count = 1 + random.below(random.pick([1, 2, 4, 8])); count > 0; count--)
    bytes = random.pick(MUTATIONS)(bytes, place(seed, bytes, random), random, seeds)
  return bytes
}

/** Where the next change goes. */
function place(seed: Seed, bytes: Uint8Array, random: Random): number {
  const region = random.pick(seed.regions)
  const offset = region.start + random.below(region.length)
  return bytes.length === 0 ? 0 : offset % bytes.length
}

type Mutation = (bytes: Uint8Array, at: number, random: Random, seeds: readonly Seed[]) => Uint8Array

const flipBit: Mutation = (bytes, at, random) => {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  return bytes
}

const setByte: Mutation = (bytes, at, random) => {
  bytes[at] = random.pick(EXTREMES) & 0xff
  return bytes
}

/** A 16, 32 or 64-bit field, aligned as ELF and BTF align theirs, is set to an extreme or a little more or less. */
const setField: Mutation = (bytes, at, random) => {
  const size = random.pick([2, 4, 4, 8])
  const start = at - (at % Math.min(size, 4))
  if (start + size > bytes.length) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const extreme = random.pick(EXTREMES)
  const nudge = random.pick([-8, -4, -1, 1, 4, 8])
  const relative = random.below(2) === 0
  if (size === 2) view.setUint16(start, relative ? view.getUint16(start, true) + nudge : extreme, true)
  else if (size === 4) view.setUint32(start, relative ? view.getUint32(start, true) + nudge : extreme, true)
  else {
    const value = relative
      ? view.getBigUint64(start, true) + BigInt(nudge)
      : BigInt(extreme) << BigInt(random.pick([0, 0, 32]))
    view.setBigUint64(start, BigInt.asUintN(64, value), true)
  }
  return bytes
}

const truncate: Mutation = (bytes, at, random) =>
  random.below(4) === 0 ? bytes.subarray(0, at).slice() : bytes

/** Bytes from elsewhere in this file or in another one take the place of what is there. */
const splice: Mutation = (bytes, at, random, seeds) => {
  const source = random.below(2) === 0 ? bytes : random.pick(seeds).bytes
  const from = random.below(source.length)
  const piece = source.slice(from, from + (1 << random.below(9)))
  bytes.set(piece.subarray(0, Math.max(0, bytes.length - at)), at)
  return bytes
}

/** Everything behind moves, so that offsets no longer point at what they did. */
const shift: Mutation = (bytes, at, random) => {
  const size = random.pick([1, 4, 8, 16, 24])
  if (random.below(2) === 0) return new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + size)])
  const result = new Uint8Array(bytes.length + size)
  result.set(bytes.subarray(0, at))
  result.set(bytes.subarray(at), at + size)
  return result
}

const fill: Mutation = (bytes, at, random) =>
  bytes.fill(random.pick([0, 0xff, 0x41]), at, at + (1 << random.below(8)))

const swapWords: Mutation = (bytes, at, random) => {
  const first = at - (at % 4)
  const other = random.below(bytes.length)
  const second = other - (other % 4)
  const word = bytes.slice(first, first + 4)
  bytes.copyWithin(first, second, second + 4)
  bytes.set(word.subarray(0, Math.max(0, Math.min(4, bytes.length - second))), second)
  return bytes
}

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setField,
  setField,
  setField,
  truncate,
  splice,
  shift,
  fill,
  swapWords,
]
