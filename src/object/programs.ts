import { insnIndex, type SymbolIndex } from '../base/units.ts'
import { SHF_EXECINSTR, SHT_PROGBITS, STB_LOCAL, STT_FUNC } from '../elf/constants.ts'
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf_file.ts'
import { isHidden, symbolsIn } from '../elf/lookup.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from './function_spec.ts'
import { ObjectError } from './object_error.ts'
import { ProgramSpec } from './program_spec.ts'
import { readSectionName, type SectionNameResult } from './section_names.ts'

export interface ObjectFunctions {
  /** By section, then by their places in it. The programs are among them. */
  readonly functions: readonly FunctionSpec[]
  readonly programs: readonly ProgramSpec[]
  /** The subprograms that are global to the linker and meant to be static to the verifier: `__hidden`. */
  readonly hidden: ReadonlySet<string>
}

/**
 * Cuts the sections with instructions into functions, as their symbols give place and length. What lies between them is
 * left alone: static linking leaves the code of a weak function there that another definition has overridden.
 *
 * A function is a program if it is global, and in a section whose name may say what program. `.text` holds subprograms
 * only, and so do the `.text.NAME` that clang makes of it with -ffunction-sections. So does a section whose name says
 * nothing, as far as its functions are called: a program of an unknown type could not be loaded, a subprogram can be
 * anywhere.
 *
 * A function that does not lie on whole instructions within its section has a `problem`, which costs whoever needs it.
 *
 * @throws ObjectError 'OBJECT_NO_SYMBOLS' for code without symbols, 'OBJECT_BAD_SYMBOL' where too many functions share instructions.
 */
export function readFunctions(elf: ElfFile): ObjectFunctions {
  requireSymbols(elf)
  const called = referredSymbols(elf)
  const symbols = elf.sections.filter(holdsInstructions).flatMap((section) => {
    const kind = readSectionName(section.name)
    return functionSymbols(elf, section).map((symbol) => ({
      section,
      symbol,
      kind: isProgram(section, symbol, kind, called) ? kind : undefined,
    }))
  })
  const shared = sharedNames(
    symbols.filter(({ kind }) => kind !== undefined).map(({ symbol }) => symbol.name),
  )
  const found = symbols.map(({ section, symbol, kind }) => {
    const isShared = kind !== undefined && shared.has(symbol.name)
    const problem = isShared ? 'another program has its name; rename one' : problemOf(section, symbol)
    return { symbol, spec: readFunction(section, symbol, kind, problem) }
  })
  const functions = found.map(({ spec }) => spec)
  return {
    functions,
    programs: functions.filter((spec) => spec instanceof ProgramSpec),
    hidden: new Set(
      found
        .filter(({ symbol, spec }) => !(spec instanceof ProgramSpec) && isHidden(symbol))
        .map(({ spec }) => spec.name),
    ),
  }
}

/** Without symbols nobody knows where functions begin; passing over the code in silence would load nothing. */
function requireSymbols(elf: ElfFile): void {
  const code = elf.sections.find(holdsInstructions)
  if (code === undefined || elf.symbols.length > 0) return
  throw new ObjectError(
    'OBJECT_NO_SYMBOLS',
    `${elf.name}: cannot find the functions of section ${code.name}: the file has no symbols; strip debug information only ` +
      '(llvm-strip -g)',
    { object: elf.name, section: code.name },
  )
}

/** The names that stand in the list more than once. */
function sharedNames(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const name of names) (seen.has(name) ? shared : seen).add(name)
  return shared
}

export function holdsInstructions(section: ElfSection): boolean {
  return section.type === SHT_PROGBITS && (section.flags & SHF_EXECINSTR) !== 0n && section.size > 0
}

function functionSymbols(elf: ElfFile, section: ElfSection): readonly ElfSymbol[] {
  const symbols = symbolsIn(elf, section.index).filter(({ type }) => type === STT_FUNC)
  const whole = symbols.filter((symbol) => problemOf(section, symbol) === undefined)
  refuseManyAliases(elf, section, whole)
  return symbols.toSorted((left, right) => Number(left.value - right.value))
}

function readFunction(
  section: ElfSection,
  symbol: ElfSymbol,
  kind: SectionNameResult | undefined,
  problem: string | undefined,
): FunctionSpec {
  const start = Number(symbol.value)
  const end = problem === undefined ? start + symbol.size : start
  const spec: FunctionSpec = {
    name: symbol.name,
    section: section.index,
    sectionName: section.name,
    start: insnIndex(Math.floor(start / INSN_SIZE)),
    insns: section.data.subarray(start, end),
    problem,
  }
  return kind === undefined ? spec : new ProgramSpec({ ...spec, kind })
}

function isProgram(
  section: ElfSection,
  symbol: ElfSymbol,
  kind: SectionNameResult,
  called: ReadonlySet<SymbolIndex>,
): boolean {
  if (section.name === '.text' || section.name.startsWith('.text.')) return false
  if (symbol.binding === STB_LOCAL) return false
  return kind.kind === 'known' || !called.has(symbol.index)
}

/** The symbols that instructions refer to. Calls of a global function go by its symbol, wherever it is. */
function referredSymbols(elf: ElfFile): ReadonlySet<SymbolIndex> {
  const code = new Set(elf.sections.filter(holdsInstructions).map(({ index }) => index))
  const fromCode = elf.relocations.filter(({ target }) => code.has(target))
  return new Set(fromCode.flatMap(({ entries }) => entries.map(({ symbol }) => symbol)))
}

/** How often the instructions of a section may be part of functions: an alias is a second name, a thousand are an attack. */
const MAX_ALIASES = 16

/** Each function is copied when it is relocated, so a small file could otherwise ask for any amount of memory. */
function refuseManyAliases(elf: ElfFile, section: ElfSection, functions: readonly ElfSymbol[]): void {
  const bytes = functions.reduce((sum, symbol) => sum + symbol.size, 0)
  if (bytes <= section.data.length * MAX_ALIASES) return
  throw new ObjectError(
    'OBJECT_BAD_SYMBOL',
    `${elf.name}: cannot read the functions of section ${section.name}: its ${functions.length} function symbols span ` +
      `${bytes} bytes, the section has ${section.data.length}; at most ${MAX_ALIASES} functions may share instructions`,
    { object: elf.name, section: section.name },
  )
}

/** Why a symbol does not give a function, undefined where it does. */
function problemOf(section: ElfSection, { value, size }: ElfSymbol): string | undefined {
  const start = Number(value)
  const whole = start % INSN_SIZE === 0 && size % INSN_SIZE === 0 && size > 0
  if (whole && start + size <= section.data.length) return undefined
  return (
    `its symbol spans bytes ${start} to ${start + size} of section ${section.name}, which has ${section.data.length}; ` +
    `expected whole instructions of ${INSN_SIZE} bytes within it`
  )
}
