import { type InsnIndex, insnIndex } from '../base/units.ts'
import { R_BPF_64_64, STT_SECTION } from '../elf/constants.ts'
import type { ElfRelocation, ElfSymbol } from '../elf/elf_file.ts'
import { isLdimm64 } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import { isArena } from '../object/arena_data.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { MapSpec } from '../object/map_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { MapReference } from './relocated_object.ts'
import type { RelocationError, RelocationErrorCode } from './relocation_error.ts'
import { relocationError, relocationsOf, roleOf } from './relocations.ts'

/**
 * Finds the instructions of a function that refer to maps. clang leaves an `ldimm64` with a relocation against a symbol:
 * the symbol of a map definition stands for the map, one in a data section for an address within that section's map.
 *
 * @throws RelocationError for every relocation that refers to none of a map, a function and an extern, since leaving it out would
 *   load a wrong program.
 */
export function findMapReferences(spec: ObjectSpec, fn: FunctionSpec): readonly MapReference[] {
  const first = fn.start * INSN_SIZE
  return relocationsOf(spec, fn)
    .filter((relocation) => roleOf(spec.elf, relocation) === 'other')
    .map((relocation) => readReference(spec, fn, relocation, relocation.offset - first))
}

function readReference(
  spec: ObjectSpec,
  fn: FunctionSpec,
  relocation: ElfRelocation,
  offset: number,
): MapReference {
  const fail = (code: RelocationErrorCode, found: string): RelocationError =>
    relocationError(spec, fn, offset, code, found)
  const symbol = spec.elf.symbols[relocation.symbol]
  if (symbol === undefined) throw fail('RELOCATION_BAD_TARGET', `there is no symbol ${relocation.symbol}`)
  if (relocation.type !== R_BPF_64_64) {
    throw fail('RELOCATION_UNSUPPORTED', `relocations of type ${relocation.type} are not applied to programs`)
  }
  const view = new InsnView(fn.insns, spec.elf.endianness)
  const insn = insnIndex(offset / INSN_SIZE)
  if (offset % INSN_SIZE !== 0 || !isLdimm64(view.get(insn)) || insn + 1 >= fn.insns.length / INSN_SIZE) {
    throw fail(
      'RELOCATION_BAD_TARGET',
      'it does not name a 64-bit immediate load (ldimm64) within the function',
    )
  }
  const reference = referenceTo(spec, symbol, insn, Number(relocation.addend ?? view.imm(insn)))
  if (reference === undefined) {
    const name = symbol.name || String(relocation.symbol)
    throw fail('RELOCATION_BAD_TARGET', `symbol ${name} ${whatItIs(spec, symbol)}`)
  }
  const outside = outsideOfMap(spec, reference)
  if (outside !== undefined) throw fail('RELOCATION_BAD_TARGET', outside)
  return reference
}

/** Of a symbol that nothing can be made of. */
function whatItIs({ arenaData, maps }: ObjectSpec, { definedIn }: ElfSymbol): string {
  const section = definedIn.kind === 'section' ? definedIn.section : undefined
  if (section === undefined || section !== arenaData?.map.origin.section) {
    return 'is neither a map nor a global variable'
  }
  const arenas = [...maps.values()].filter(isArena).map(({ name }) => name)
  const found = arenas.length === 0 ? 'none' : `several: ${arenas.join(', ')}`
  return `is an __arena variable, for which the object has to define one arena map; it defines ${found}`
}

/**
 * @param addend Of the relocation, or where that has none what the compiler left in the instruction: for a static variable
 *   its place, since its symbol is the section's.
 */
function referenceTo(
  spec: ObjectSpec,
  symbol: ElfSymbol,
  insn: InsnIndex,
  addend: number,
): MapReference | undefined {
  const place = symbol.type === STT_SECTION ? addend : Number(symbol.value) + addend
  if (symbol.definedIn.kind !== 'section') return undefined
  const { section } = symbol.definedIn
  const { arenaData } = spec
  if (arenaData?.arena !== undefined && section === arenaData.map.origin.section) {
    return { insn, map: arenaData.arena, kind: 'value', offset: place }
  }
  for (const map of spec.maps.values()) {
    if (section !== map.origin.section) continue
    if (map.origin.kind === 'data') return dataReference(map, insn, place)
    if (map.origin.kind === 'definition' && map.origin.offset === place)
      return { insn, map: map.name, kind: 'map', offset: 0 }
  }
  return undefined
}

/** The kernel would refuse the address too, but not say which one of the program. */
function outsideOfMap(spec: ObjectSpec, { kind, map, offset }: MapReference): string | undefined {
  const { arenaData } = spec
  const section = map === arenaData?.arena ? arenaData.map : spec.maps.get(map)
  const size = section?.valueSize ?? 0
  if (kind === 'map' || (offset >= 0 && offset < size)) return undefined
  return `it points to byte ${offset} of section ${section?.name ?? map}, which has ${size} bytes`
}

function dataReference(map: MapSpec, insn: InsnIndex, offset: number): MapReference {
  return { insn, map: map.name, kind: 'value', offset }
}
