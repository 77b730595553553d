import { insnIndex } from '../base/units.ts'
import { SHF_EXECINSTR, SHT_PROGBITS, STB_LOCAL, STT_FUNC } from '../elf/constants.ts'
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf_file.ts'
import { symbolsIn } from '../elf/lookup.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import { ObjectError } from './object_error.ts'
import { ProgramSpec } from './program_spec.ts'
import { readSectionName } from './section_names.ts'

/**
 * Cuts the sections with instructions into programs: one for each global function, as its symbol gives its place and
 * length. `.text` holds no programs, only functions that programs call.
 *
 * @throws ObjectError 'OBJECT_BAD_SYMBOL' for a function that does not lie on whole instructions within its section.
 */
export function readPrograms(elf: ElfFile): readonly ProgramSpec[] {
  return elf.sections
    .filter((section) => section.name !== '.text' && holdsInstructions(section))
    .flatMap((section) => readSectionPrograms(elf, section))
}

export function holdsInstructions(section: ElfSection): boolean {
  return section.type === SHT_PROGBITS && (section.flags & SHF_EXECINSTR) !== 0n && section.size > 0
}

function readSectionPrograms(elf: ElfFile, section: ElfSection): readonly ProgramSpec[] {
  const kind = readSectionName(section.name)
  const functions = symbolsIn(elf, section.index).filter(
    (symbol) => symbol.type === STT_FUNC && symbol.binding !== STB_LOCAL,
  )
  refuseManyAliases(elf, section, functions)
  return functions
    .sort((left, right) => Number(left.value - right.value))
    .map((symbol) => {
      const start = Number(symbol.value)
      requireWholeInsns(elf, section, symbol, start)
      return new ProgramSpec({
        name: symbol.name,
        section: section.index,
        sectionName: section.name,
        start: insnIndex(start / INSN_SIZE),
        insns: section.data.subarray(start, start + symbol.size),
        kind,
      })
    })
}

/** How often the instructions of a section may be part of programs: an alias is a second name, a thousand are an attack. */
const MAX_ALIASES = 16

/** Each program is copied when it is relocated, so a small file could otherwise ask for any amount of memory. */
function refuseManyAliases(elf: ElfFile, section: ElfSection, functions: readonly ElfSymbol[]): void {
  const bytes = functions.reduce((sum, symbol) => sum + symbol.size, 0)
  if (bytes <= section.data.length * MAX_ALIASES) return
  throw new ObjectError(
    'OBJECT_BAD_SYMBOL',
    `${elf.name}: cannot read the programs of section ${section.name}: its ${functions.length} function symbols span ` +
      `${bytes} bytes, the section has ${section.data.length}; at most ${MAX_ALIASES} functions may share instructions`,
    { object: elf.name, section: section.name },
  )
}

function requireWholeInsns(elf: ElfFile, section: ElfSection, symbol: ElfSymbol, start: number): void {
  const whole = start % INSN_SIZE === 0 && symbol.size % INSN_SIZE === 0 && symbol.size > 0
  if (whole && start + symbol.size <= section.data.length) return
  throw new ObjectError(
    'OBJECT_BAD_SYMBOL',
    `${elf.name}: cannot read program ${symbol.name}: its symbol spans bytes ${start} to ${start + symbol.size} of section ` +
      `${section.name}, which has ${section.data.length}; expected whole instructions of ${INSN_SIZE} bytes within it`,
    { object: elf.name, section: section.name, program: symbol.name, offset: start },
  )
}
