import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { ByteOffset, SectionIndex } from '../base/units.ts'
import { STT_SECTION } from '../elf/constants.ts'
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf_file.ts'
import { relocationsFor } from '../elf/lookup.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { InitialSlot } from './map_spec.ts'
import type { ObjectError } from './object_error.ts'
import type { ProgramSpec } from './program_spec.ts'

/** Pointers of the BPF machine, bytes. */
const POINTER_SIZE = 8

/** A pointer in `.maps` that the object wants filled in: the initializer of a slot. */
export interface SlotRelocation {
  /** Where in the section the pointer stands. */
  readonly offset: number
  /** The symbol's name, for errors. */
  readonly symbol: string
  /** What it points to; undefined for what is neither a map nor a program. */
  readonly target: InitialSlot['target'] | undefined
}

/** What the pointers may point to. */
export interface SlotTargets {
  readonly maps: readonly { readonly name: string; readonly offset: ByteOffset }[]
  readonly programs: readonly ProgramSpec[]
}

/** The relocations of `.maps`. Targets are found by their place, so that static ones are found as well. */
export function readSlotRelocations(
  elf: ElfFile,
  section: ElfSection,
  targets: SlotTargets,
): readonly SlotRelocation[] {
  const places = placesOf(section.index, targets)
  return relocationsFor(elf, section.index).map(({ offset, symbol: index, addend }) => {
    const symbol = elf.symbols[index]
    if (symbol?.definedIn.kind !== 'section') {
      return { offset, symbol: symbol?.name ?? String(index), target: undefined }
    }
    const place = Number(addend ?? pointerAt(elf, section, offset)) + placeOf(symbol)
    return { offset, symbol: symbol.name, target: places.get(placeName(symbol.definedIn.section, place)) }
  })
}

function placeOf(symbol: ElfSymbol): number {
  return symbol.type === STT_SECTION ? 0 : Number(symbol.value)
}

/** Where a relocation has no addend, it is what stands at the place that is relocated. */
function pointerAt({ endianness }: ElfFile, { data }: ElfSection, offset: number): bigint {
  if (offset + POINTER_SIZE > data.length) return 0n
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getBigInt64(
    offset,
    endianness === 'little',
  )
}

/** Every place that a pointer may lead to: a file may have as many places as pointers, so each is found at once. */
function placesOf(
  mapsSection: SectionIndex,
  { maps, programs }: SlotTargets,
): ReadonlyMap<string, InitialSlot['target']> {
  const places = new Map<string, InitialSlot['target']>()
  for (const { name, offset } of maps) places.set(placeName(mapsSection, offset), { kind: 'map', name })
  for (const { name, section, start } of programs) {
    places.set(placeName(section, start * INSN_SIZE), { kind: 'program', name })
  }
  return places
}

function placeName(section: SectionIndex, offset: number): string {
  return `${section}:${offset}`
}

/** Deals the relocations out to the definitions that they stand in: each reaches to where the next one starts. */
export function slotsByDefinition(
  starts: readonly ByteOffset[],
  slots: readonly SlotRelocation[],
): ReadonlyMap<ByteOffset, readonly SlotRelocation[]> {
  const dealt = new Map<ByteOffset, SlotRelocation[]>()
  const ascending = [...starts].sort((left, right) => left - right)
  let next = 0
  let open: SlotRelocation[] | undefined
  for (const slot of [...slots].sort((left, right) => left.offset - right.offset)) {
    for (
      let start = ascending[next];
      start !== undefined && start <= slot.offset;
      start = ascending[++next]
    ) {
      open = []
      dealt.set(start, open)
    }
    open?.push(slot)
  }
  return dealt
}

/** The initializer of one definition. */
export interface SlotSource {
  readonly type: number
  readonly keySize: number | undefined
  /** Where in the section slot 0 stands. */
  readonly start: number
  readonly relocations: readonly SlotRelocation[]
  readonly fail: (found: string) => ObjectError
}

/** Which slot of a map each relocation fills. */
export function readInitialSlots({
  type,
  keySize,
  start,
  relocations,
  fail,
}: SlotSource): readonly InitialSlot[] {
  const wanted = isMapOfMaps(type) ? 'map' : 'program'
  if (keySize !== undefined && keySize !== 4) {
    throw fail(`its initializer numbers the slots with keys of 4 bytes, and its keys have ${keySize}`)
  }
  return relocations.map(({ offset, symbol, target }) => {
    const index = (offset - start) / POINTER_SIZE
    if (!Number.isInteger(index) || index < 0) {
      throw fail(`its initializer has a pointer at byte ${offset} of the section, which is in no slot`)
    }
    if (target?.kind !== wanted)
      throw fail(`slot ${index} is to hold ${symbol || 'something'}, which is no ${wanted}`)
    return { index, target }
  })
}

export function isMapOfMaps(type: number | undefined): boolean {
  return type === bpf_map_type.BPF_MAP_TYPE_ARRAY_OF_MAPS || type === bpf_map_type.BPF_MAP_TYPE_HASH_OF_MAPS
}
