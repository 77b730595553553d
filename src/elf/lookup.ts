import type { SectionIndex } from '../base/units.ts'
import { STB_LOCAL, STV_HIDDEN, STV_INTERNAL } from './constants.ts'
import type { ElfFile, ElfRelocation, ElfSection, ElfSymbol } from './elf_file.ts'

/**
 * The first section called `name`. Names need not be unique: clang writes several `.text` with
 * -ffunction-sections.
 */
export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name)
}

/**
 * The relocations of all sections that apply to section `index`, in file order; most sections have one of
 * these at most.
 */
export function relocationsFor(elf: ElfFile, index: SectionIndex): readonly ElfRelocation[] {
  const [only, ...others] = elf.relocations.filter((relocations) => relocations.target === index)
  if (only === undefined) return []
  return others.length === 0 ? only.entries : [only, ...others].flatMap(({ entries }) => entries)
}

/** The symbols that are defined in section `index`, in table order, its STT_SECTION symbol among them. */
export function symbolsIn(elf: ElfFile, index: SectionIndex): readonly ElfSymbol[] {
  return elf.symbols.filter(({ definedIn }) => definedIn.kind === 'section' && definedIn.section === index)
}

/** Whether other files of the object may refer to the symbol, and nobody else: what `__hidden` asks for. */
export function isHidden({ binding, visibility }: ElfSymbol): boolean {
  return binding !== STB_LOCAL && (visibility === STV_HIDDEN || visibility === STV_INTERNAL)
}
