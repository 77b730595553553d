import type { BpfError } from '../base/errors.ts'
import type { SectionIndex } from '../base/units.ts'
import { R_BPF_64_32, R_BPF_64_64 } from '../elf/constants.ts'
import type { ElfFile, ElfRelocation } from '../elf/elf_file.ts'
import { relocationsFor } from '../elf/lookup.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { ProgramSpec } from '../object/program_spec.ts'
import { holdsInstructions } from '../object/programs.ts'
import { OffsetIndex } from './offset_index.ts'
import { RelocationError, type RelocationErrorCode } from './relocation_error.ts'

/**
 * The relocations of a function's instructions, by the instructions that they change. Those of the rest of its section,
 * the holes that overridden weak functions leave among them, are nobody's business.
 */
export function relocationsOf(spec: ObjectSpec, fn: FunctionSpec): readonly ElfRelocation[] {
  const first = fn.start * INSN_SIZE
  return indexOf(spec.elf, fn.section).within(first, first + fn.insns.length)
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

/** What a relocation asks for: the call of a function of this object, the address of one or of a jump table, an extern, or something else. */
export type RelocationRole = 'call' | 'function-address' | 'jump-table' | 'extern' | 'other'

/** Where clang puts jump tables; libbpf calls it the same (`JUMPTABLES_SEC` in src/libbpf.c). */
export const JUMP_TABLES_SECTION = '.jumptables'

export function roleOf(elf: ElfFile, relocation: ElfRelocation): RelocationRole {
  const place = elf.symbols[relocation.symbol]?.definedIn
  if (place === undefined) return 'other'
  if (place.kind === 'undefined') return 'extern'
  if (relocation.type === R_BPF_64_32) return 'call'
  if (relocation.type !== R_BPF_64_64 || place.kind !== 'section') return 'other'
  const section = elf.sections[place.section]
  if (section?.name === JUMP_TABLES_SECTION) return 'jump-table'
  return section !== undefined && holdsInstructions(section) ? 'function-address' : 'other'
}

/** @param offset Bytes from the start of the function to what cannot be relocated. */
export function relocationError(
  spec: ObjectSpec,
  fn: FunctionSpec,
  offset: number,
  code: RelocationErrorCode,
  found: string,
  cause?: BpfError,
): RelocationError {
  return new RelocationError(
    code,
    `${spec.elf.name}: cannot relocate instruction ${Math.floor(offset / INSN_SIZE)} of ${titleOf(fn)}: ${found}`,
    { object: spec.elf.name, section: fn.sectionName, program: fn.name, offset, cause },
  )
}

/** `program NAME`, or `function NAME` where it is no program. */
export function titleOf(fn: FunctionSpec): string {
  return `${fn instanceof ProgramSpec ? 'program' : 'function'} ${fn.name}`
}
