import * as elf from '../elf/constants.ts'
import type { ElfFile, ElfRelocation } from '../elf/elf_file.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import { relocationsOf } from '../relocate/relocations.ts'
import type { RelocationsChapter } from './explanation.ts'
import { functionNamed } from './function_named.ts'
import { reportProgram } from './program_report.ts'
import { slotsText } from './step_line.ts'

/** The programs instruction by instruction, and the ELF relocations that the instructions were found by. */
export function relocationsChapter(
  spec: ObjectSpec | undefined,
  relocated: ReadonlyMap<string, RelocatedProgram>,
  steps: readonly LoadStep[],
): RelocationsChapter {
  if (spec === undefined) return { programs: [], symbols: {}, loaded: {} }
  const context = { endianness: spec.elf.endianness, btf: spec.btf }
  const programs = [...relocated.values()]
  return {
    programs: programs.map((program) => reportProgram(program, context)),
    symbols: Object.fromEntries(programs.map((program) => [program.name, symbolsOf(spec, program)])),
    loaded: loadedInsns(steps),
  }
}

/** What became of instructions once descriptors were there. */
function loadedInsns(steps: readonly LoadStep[]): RelocationsChapter['loaded'] {
  const loaded: Record<string, Record<number, string>> = {}
  for (const step of steps) {
    if (step.kind !== 'insn-patched' || (step.why !== 'map' && step.why !== 'module')) continue
    ;(loaded[step.program] ??= {})[step.insn] = slotsText(step.after)
  }
  return loaded
}

function symbolsOf(spec: ObjectSpec, program: RelocatedProgram): Readonly<Record<number, string>> {
  const symbols: Record<number, string> = {}
  for (const { name, sectionName, start } of program.functions) {
    const fn = functionNamed(spec, name, sectionName)
    if (fn === undefined) continue
    for (const relocation of relocationsOf(spec, fn)) {
      const insn = start + Math.floor(relocation.offset / INSN_SIZE) - fn.start
      symbols[insn] = symbolText(spec.elf, relocation)
    }
  }
  return symbols
}

const relocationTypes: ReadonlyMap<number, string> = new Map([
  [elf.R_BPF_64_64, 'R_BPF_64_64'],
  [elf.R_BPF_64_32, 'R_BPF_64_32'],
])

/** As `llvm-readelf -r` has it: the type, the symbol, and where that is. */
function symbolText(file: ElfFile, { type, symbol: index }: ElfRelocation): string {
  const sort = relocationTypes.get(type) ?? `relocation type ${type}`
  const symbol = file.symbols[index]
  if (symbol === undefined) return sort
  if (symbol.definedIn.kind !== 'section')
    return `${sort} against ${symbol.name}, which the object does not define`
  const section = file.sections[symbol.definedIn.section]?.name ?? ''
  return symbol.name === '' || symbol.name === section
    ? `${sort} against section ${section}`
    : `${sort} against ${symbol.name} of ${section}`
}
