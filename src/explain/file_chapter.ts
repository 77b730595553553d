import * as elf from '../elf/constants.ts'
import type { ElfFile, ElfSection } from '../elf/elf_file.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { readSectionName } from '../object/section_names.ts'
import type { FileChapter, SectionReference, SectionReport } from './explanation.ts'
import { sectionTypeName } from './number_names.ts'

/**
 * What each section of the file is for.
 *
 * @param spec undefined where the file is ELF and no usable BPF object: then only sections are told of.
 */
export function fileChapter(file: ElfFile | undefined, spec: ObjectSpec | undefined): FileChapter {
  if (file === undefined) return { header: undefined, sections: [], license: undefined }
  const references = sectionReferences(file, spec)
  return {
    header: { class: file.class, endianness: file.endianness, machine: file.machine },
    sections: file.sections.map((section) => ({
      index: section.index,
      name: section.name,
      type: sectionTypeName(section.type),
      offset: section.offset,
      size: section.size,
      flags: flagLetters(section.flags),
      role: file.machine === elf.EM_BPF ? roleOfSection(section) : '',
      refersTo: references.get(section.index) ?? [],
    })),
    license: spec?.license,
  } satisfies { readonly [Key in keyof FileChapter]: FileChapter[Key] }
}

/** `sh_flags` as readelf(1) writes them. */
const FLAGS: readonly (readonly [bigint, string])[] = [
  [0x1n, 'W'],
  [0x2n, 'A'],
  [0x4n, 'X'],
  [0x10n, 'M'],
  [0x20n, 'S'],
  [0x40n, 'I'],
  [0x80n, 'L'],
]

function flagLetters(flags: bigint): string {
  return FLAGS.map(([bit, letter]) => ((flags & bit) === 0n ? '' : letter)).join('')
}

const roles: Readonly<Record<string, string>> = {
  '.maps': 'map definitions, told by their types',
  maps: 'map definitions from before BTF',
  '.BTF': 'the types of the program',
  '.BTF.ext': 'functions, C lines and CO-RE accesses, by instruction',
  '.text': 'functions that programs call',
  license: 'the license, which decides what helpers may be called',
  version: 'the kernel version that old kernels asked for',
  '.llvm_addrsig': 'for linkers; not read',
  '.jumptables': 'tables that programs jump by; each becomes a map',
  '.ksyms': 'symbols of the kernel that the program names',
  '.kconfig': "values of the kernel's configuration",
  '.struct_ops': 'structs of functions for the kernel to call',
  '.struct_ops.link': 'structs of functions for the kernel to call, registered by a link',
  '.addr_space.1': 'variables in an arena',
  '.eh_frame': 'for unwinders; not read',
  '.comment': 'which compiler it was; not read',
}

const typeRoles: ReadonlyMap<number, string> = new Map([
  [elf.SHT_NULL, 'stands for no section'],
  [elf.SHT_SYMTAB, 'symbols: where things are defined'],
  [elf.SHT_STRTAB, 'names'],
])

const dataRoles: readonly (readonly [string, string])[] = [
  ['.rodata', 'constants: an array map that is frozen'],
  ['.data', 'initialised variables: an array map'],
  ['.bss', 'variables that start as zeros: an array map'],
  ['.debug_', 'for debuggers; not read'],
]

function roleOfSection({ name, type, info, flags }: ElfSection): string {
  if (type === elf.SHT_REL || type === elf.SHT_RELA) return `relocations of section ${info}`
  const ofType = typeRoles.get(type)
  if (ofType !== undefined) return ofType
  const known = roles[name] ?? dataRoles.find(([prefix]) => name.startsWith(prefix))?.[1]
  if (known !== undefined) return known
  if ((flags & 0x4n) === 0n) return 'not read'
  const kind = readSectionName(name)
  return kind.kind === 'known'
    ? `programs, ${kind.section.definition.programType}`
    : 'functions; no program type has this name'
}

/** Which sections the bytes of each one refer to, most often first. */
function sectionReferences(
  file: ElfFile,
  spec: ObjectSpec | undefined,
): ReadonlyMap<number, SectionReport['refersTo']> {
  const counts = new Map<number, Map<string, number>>()
  const add = (from: number, to: string, count: number): void => {
    const known = counts.get(from) ?? new Map<string, number>()
    counts.set(from, known.set(to, (known.get(to) ?? 0) + count))
  }
  for (const { target, entries } of file.relocations) {
    for (const { symbol } of entries) add(target, placeOfSymbol(file, symbol), 1)
  }
  const ext = file.sections.find(({ name }) => name === '.BTF.ext')
  if (ext !== undefined && spec?.btfExt !== undefined) {
    const { funcInfo, lineInfo, coreRelos } = spec.btfExt
    for (const { sectionName, count } of [...funcInfo, ...lineInfo, ...coreRelos])
      add(ext.index, sectionName, count)
  }
  return new Map([...counts].map(([from, to]) => [from, sorted(to)]))
}

function sorted(counts: ReadonlyMap<string, number>): readonly SectionReference[] {
  return [...counts]
    .map(([section, count]) => ({ section, count }))
    .sort((left, right) => right.count - left.count)
}

function placeOfSymbol(file: ElfFile, index: number): string {
  const symbol = file.symbols[index]
  if (symbol === undefined) return 'no symbol'
  return symbol.definedIn.kind === 'section'
    ? (file.sections[symbol.definedIn.section]?.name ?? 'no section')
    : 'the kernel'
}
