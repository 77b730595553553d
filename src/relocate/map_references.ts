import { type InsnIndex, insnIndex, type SectionIndex } from '../base/units.ts'
import { R_BPF_64_32, R_BPF_64_64, STT_SECTION } from '../elf/constants.ts'
import type { ElfFile, ElfRelocation, ElfSymbol } from '../elf/elf_file.ts'
import { relocationsFor } from '../elf/lookup.ts'
import { isLdimm64 } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { MapSpec } from '../object/map_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import { OffsetIndex } from './offset_index.ts'
import type { MapReference } from './relocated_object.ts'
import { RelocationError, type RelocationErrorCode } from './relocation_error.ts'

/**
 * Finds the instructions of a program that refer to maps. clang leaves an `ldimm64` with a relocation against a symbol:
 * the symbol of a map definition stands for the map, one in a data section for an address within that section's map.
 *
 * @throws RelocationError for every relocation that is no such reference, since leaving it out would load a wrong program.
 */
export function findMapReferences(spec: ObjectSpec, program: ProgramSpec): readonly MapReference[] {
  const first = program.start * INSN_SIZE
  const end = first + program.insns.length
  return indexOf(spec.elf, program.section)
    .within(first, end)
    .map((relocation) => readReference(spec, program, relocation, relocation.offset - first))
}

/** The relocations of each section of a file; both are values that do not change. */
const indexes = new WeakMap<ElfFile, Map<SectionIndex, OffsetIndex<ElfRelocation>>>()

function indexOf(elf: ElfFile, section: SectionIndex): OffsetIndex<ElfRelocation> {
  const sections = indexes.get(elf) ?? new Map<SectionIndex, OffsetIndex<ElfRelocation>>()
  indexes.set(elf, sections)
  const index = sections.get(section) ?? new OffsetIndex(relocationsFor(elf, section), ({ offset }) => offset)
  sections.set(section, index)
  return index
}

function readReference(
  spec: ObjectSpec,
  program: ProgramSpec,
  relocation: ElfRelocation,
  offset: number,
): MapReference {
  const fail = (code: RelocationErrorCode, found: string): RelocationError =>
    relocationError(spec, program, offset, code, found)
  const symbol = spec.elf.symbols[relocation.symbol]
  if (symbol === undefined) throw fail('RELOCATION_BAD_TARGET', `there is no symbol ${relocation.symbol}`)
  if (relocation.type === R_BPF_64_32) {
    throw fail(
      'RELOCATION_UNSUPPORTED',
      `it calls ${symbol.name || 'a static function'}, and calls of other functions of the object are not linked yet; make it __always_inline`,
    )
  }
  if (relocation.type !== R_BPF_64_64) {
    throw fail('RELOCATION_UNSUPPORTED', `relocations of type ${relocation.type} are not applied to programs`)
  }
  if (symbol.definedIn.kind === 'undefined') {
    throw fail(
      'RELOCATION_UNDEFINED_SYMBOL',
      `symbol ${symbol.name} is extern, and externs are not resolved yet`,
    )
  }
  const view = new InsnView(program.insns, spec.elf.endianness)
  const insn = insnIndex(offset / INSN_SIZE)
  if (
    offset % INSN_SIZE !== 0 ||
    !isLdimm64(view.get(insn)) ||
    insn + 1 >= program.insns.length / INSN_SIZE
  ) {
    throw fail(
      'RELOCATION_BAD_TARGET',
      'it does not name a 64-bit immediate load (ldimm64) within the program',
    )
  }
  const reference = referenceTo(spec, symbol, insn, Number(relocation.addend ?? view.imm(insn)))
  if (reference === undefined) {
    throw fail(
      'RELOCATION_BAD_TARGET',
      `symbol ${symbol.name || relocation.symbol} is neither a map nor a global variable`,
    )
  }
  const outside = outsideOfMap(spec, reference)
  if (outside !== undefined) throw fail('RELOCATION_BAD_TARGET', outside)
  return reference
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
  for (const map of spec.maps.values()) {
    if (symbol.definedIn.kind !== 'section' || symbol.definedIn.section !== map.origin.section) continue
    if (map.origin.kind === 'data') return dataReference(map, insn, place)
    if (map.origin.offset === place) return { insn, map: map.name, kind: 'map', offset: 0 }
  }
  return undefined
}

/** The kernel would refuse the address too, but not say which one of the program. */
function outsideOfMap(spec: ObjectSpec, { kind, map, offset }: MapReference): string | undefined {
  const size = spec.maps.get(map)?.valueSize ?? 0
  if (kind === 'map' || (offset >= 0 && offset < size)) return undefined
  return `it points to byte ${offset} of section ${map}, which has ${size} bytes`
}

function dataReference(map: MapSpec, insn: InsnIndex, offset: number): MapReference {
  return { insn, map: map.name, kind: 'value', offset }
}

function relocationError(
  spec: ObjectSpec,
  program: ProgramSpec,
  offset: number,
  code: RelocationErrorCode,
  found: string,
): RelocationError {
  return new RelocationError(
    code,
    `${spec.elf.name}: cannot relocate instruction ${Math.floor(offset / INSN_SIZE)} of program ${program.name}: ${found}`,
    { object: spec.elf.name, section: program.sectionName, program: program.name, offset },
  )
}
