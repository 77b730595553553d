import type { RelocationsChapter } from '../explanation.ts'
import type { InsnReport, ProgramReport } from '../program_report.ts'
import { relocationText } from '../program_text.ts'
import { wrap } from './layout.ts'

/** The instructions that have relocations other than CO-RE's, which have a chapter of their own. */
export function relocationsText({ programs, symbols, loaded }: RelocationsChapter): readonly string[] {
  return programs
    .flatMap((program) => {
      const { name } = program
      return ['', ...programLines(program, { symbols: symbols[name] ?? {}, loaded: loaded[name] ?? {} })]
    })
    .slice(1)
}

/** What there is to say of instructions, by their index. */
interface ByInsn {
  readonly symbols: RelocationsChapter['symbols'][string]
  readonly loaded: RelocationsChapter['loaded'][string]
}

function programLines(program: ProgramReport, byInsn: ByInsn): readonly string[] {
  const lines: string[] = []
  let source: InsnReport['source']
  let shown: InsnReport['source']
  for (const insn of program.insns) {
    source = insn.source ?? source
    const relocations = insn.relocations.filter(({ kind }) => kind !== 'core')
    if (relocations.length === 0) continue
    if (source !== undefined && source !== shown) {
      shown = source
      lines.push(...wrap(`${source.text}  (${source.fileName}:${source.lineNumber})`, '  ; ', '  ;   '))
    }
    lines.push(...insnLines(insn, byInsn), ...relocations.flatMap((each) => note(relocationText(each))))
  }
  const head = `program ${program.name}`
  return lines.length === 0 ? wrap(`${head}: no instruction needs one`) : [...wrap(head), ...lines]
}

function insnLines({ insn, before, after }: InsnReport, { symbols, loaded }: ByInsn): readonly string[] {
  const symbol = symbols[insn]
  const final = loaded[insn] ?? after.text
  const original = before?.text ?? (final === after.text ? undefined : after.text)
  return [
    ...wrap(final, `  ${String(insn).padStart(6)}: `, ' '.repeat(12)),
    ...(original === undefined ? [] : note(`was ${original}`)),
    ...(symbol === undefined ? [] : note(symbol)),
  ]
}

function note(text: string): readonly string[] {
  return wrap(text, `${' '.repeat(10)}| `, `${' '.repeat(10)}|   `)
}
