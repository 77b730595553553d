import { insnIndex } from '../../src/base/units.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import { isLdimm64, readInsn, slotsOf } from '../../src/insn/insn.ts'
import type { MapSnapshot, ProgramSnapshot, Snapshot } from './snapshot.ts'
import type { TypeLabels } from './type_labels.ts'

/** How many differences of one kind are spelled out. */
const MAX_SHOWN = 4

/** What differs between what rawbpf and bpftool left in the kernel, a sentence each; none if nothing does. */
export function compareSnapshots(ours: Snapshot, theirs: Snapshot): readonly string[] {
  return [
    ...comparePrograms(ours.programs, theirs.programs),
    ...compareMaps(ours.maps, theirs.maps),
    ...compareTypes(ours.types, theirs.types),
  ]
}

function comparePrograms(
  ours: ReadonlyMap<string, ProgramSnapshot>,
  theirs: ReadonlyMap<string, ProgramSnapshot>,
): readonly string[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((name) => {
    const left = ours.get(name)
    const right = theirs.get(name)
    if (left === undefined) return [`program ${name}: only bpftool loads it`]
    if (right === undefined) return [`program ${name}: only rawbpf loads it`]
    return compareProgram(left, right).map((text) => `program ${name}: ${text}`)
  })
}

function compareProgram(ours: ProgramSnapshot, theirs: ProgramSnapshot): readonly string[] {
  return [
    ...(['type', 'name', 'gplCompatible', 'attachBtfId', 'tag'] as const).flatMap((field) =>
      differing(field, ours.info[field], theirs.info[field]),
    ),
    ...differing('maps', mapsOf(ours), mapsOf(theirs)),
    ...compareInsns(ours, theirs),
    ...compareLines('func_info', ours.funcInfo, theirs.funcInfo),
    ...compareLines('line_info', ours.lineInfo, theirs.lineInfo),
  ]
}

/** In no order: the kernel keeps maps in the order in which instructions name them, and bound ones behind. */
const mapsOf = ({ info, mapNames }: ProgramSnapshot): string =>
  info.mapIds
    .map((id) => mapNames.get(id) ?? '?')
    .sort()
    .join(' ')

/** The upper half of the address space is the kernel's, on x86-64 and on arm64. */
const KERNEL_ADDRESSES = 0xffff_0000_0000_0000n

/** What an object file has for a 64-bit number is smaller than an address in user space, where an arena is mapped. */
const USER_ADDRESSES = 0x1_0000_0000n

const BPF_PSEUDO_MAP_FD = 1
const BPF_PSEUDO_MAP_VALUE = 2

function compareInsns(ours: ProgramSnapshot, theirs: ProgramSnapshot): readonly string[] {
  const left = ours.info.xlated
  const right = theirs.info.xlated
  const differences = differing('translated instructions', left.length / 8, right.length / 8)
  if (differences.length > 0) return differences
  // Memory that the kernel allocated for one load has another address in the other: one for one, all through the program.
  const addresses = new Map<bigint, bigint>()
  const found: string[] = []
  for (let slot = 0; slot < left.length / 8;) {
    const one = wideInsn(left, slot)
    const other = wideInsn(right, slot)
    if (!sameInsn(one, other, ours, theirs, addresses))
      found.push(`translated instruction ${slot} is ${one.text}, from bpftool ${other.text}`)
    slot += one.slots
  }
  return shortened(found)
}

interface WideInsn {
  readonly bytes: string
  readonly text: string
  readonly slots: 1 | 2
  readonly ldimm64: boolean
  readonly src: number
  readonly imm: number
  readonly nextImm: number
  readonly value: bigint
}

function wideInsn(bytes: Uint8Array, slot: number): WideInsn {
  const insn = readInsn(bytes, insnIndex(slot))
  const slots = slotsOf(insn)
  const own = bytes.subarray(slot * 8, (slot + slots) * 8)
  const nextImm = slots === 2 && own.length === 16 ? readInsn(bytes, insnIndex(slot + 1)).imm : 0
  const value = (BigInt.asUintN(32, BigInt(nextImm)) << 32n) | BigInt.asUintN(32, BigInt(insn.imm))
  return {
    bytes: Buffer.from(own).toString('hex'),
    text: disassemble(insn, nextImm),
    slots,
    ldimm64: isLdimm64(insn),
    src: insn.src,
    imm: insn.imm,
    nextImm,
    value,
  }
}

function sameInsn(
  one: WideInsn,
  other: WideInsn,
  ours: ProgramSnapshot,
  theirs: ProgramSnapshot,
  addresses: Map<bigint, bigint>,
): boolean {
  // Opcode, registers and offset of the first slot.
  if (!one.ldimm64 || !other.ldimm64 || one.bytes.slice(0, 8) !== other.bytes.slice(0, 8))
    return one.bytes === other.bytes
  if (one.src === BPF_PSEUDO_MAP_FD || one.src === BPF_PSEUDO_MAP_VALUE)
    return one.nextImm === other.nextImm && ours.mapNames.get(one.imm) === theirs.mapNames.get(other.imm)
  if (one.bytes === other.bytes) return true
  if (one.value < KERNEL_ADDRESSES || other.value < KERNEL_ADDRESSES) {
    return ours.usesArena && theirs.usesArena && sameArenaPlace(one.value, other.value, addresses)
  }
  const known = addresses.get(one.value)
  addresses.set(one.value, other.value)
  return known === undefined || known === other.value
}

/** An arena is mapped at another address in each process: all of a program's addresses in it differ by the same. */
function sameArenaPlace(one: bigint, other: bigint, addresses: Map<bigint, bigint>): boolean {
  if (one < USER_ADDRESSES || other < USER_ADDRESSES) return false
  // No 64-bit number is -1, so that it can stand for the arena.
  const distance = other - one
  const known = addresses.get(-1n) ?? distance
  addresses.set(-1n, known)
  return known === distance && distance % 4096n === 0n
}

/** Both lists are sorted, so that maps of one name meet in a fixed order. */
function compareMaps(ours: readonly MapSnapshot[], theirs: readonly MapSnapshot[]): readonly string[] {
  const names = (maps: readonly MapSnapshot[]): string => maps.map(({ name }) => String(name)).join(' ')
  const differences = differing('maps', names(ours), names(theirs))
  if (differences.length > 0) return differences
  return ours.flatMap((map, index) =>
    Object.keys(map).flatMap((field) =>
      differing(`map ${String(map['name'])}: ${field}`, map[field] ?? '', theirs[index]?.[field] ?? ''),
    ),
  )
}

export function compareTypes(
  ours: TypeLabels | undefined,
  theirs: TypeLabels | undefined,
): readonly string[] {
  if (ours === undefined || theirs === undefined) {
    return differing('BTF', presence(ours), presence(theirs))
  }
  const onlyOurs = typesMissingIn(theirs, ours).map((text) => `BTF: only rawbpf has ${text}`)
  const onlyTheirs = typesMissingIn(ours, theirs).map((text) => `BTF: only bpftool has ${text}`)
  return [...shortened(onlyOurs), ...shortened(onlyTheirs)]
}

const presence = (types: TypeLabels | undefined): string => (types === undefined ? 'none' : 'there')

/** The texts of the types of `all` that `some` has not, or not as often. */
function typesMissingIn(some: TypeLabels, all: TypeLabels): readonly string[] {
  const counts = new Map<string, number>()
  for (const label of some.labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return all.labels.flatMap((label, id) => {
    const count = counts.get(label) ?? 0
    counts.set(label, count - 1)
    return count > 0 ? [] : [all.texts[id] ?? label]
  })
}

function compareLines(what: string, ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const counts = differing(`number of ${what} records`, ours.length, theirs.length)
  if (counts.length > 0) return counts
  return shortened(
    ours.flatMap((text, index) => differing(`${what} record ${index}`, text, theirs[index] ?? '')),
  )
}

function differing(
  what: string,
  ours: string | number | bigint | boolean,
  theirs: string | number | bigint | boolean,
): readonly string[] {
  return ours === theirs ? [] : [`${what} is ${ours}, from bpftool ${theirs}`]
}

function shortened(texts: readonly string[]): readonly string[] {
  const rest = texts.length - MAX_SHOWN
  return rest <= 0 ? texts : [...texts.slice(0, MAX_SHOWN), `... and ${rest} more of these`]
}
