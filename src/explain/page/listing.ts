import type { InsnReport, ProgramReport } from '../program_report.ts'
import type { SourceReport } from '../explanation.ts'

/** What a listing shows, row by row. */
export type Row =
  | { readonly kind: 'function'; readonly insn: number; readonly name: string; readonly section: string }
  /** The C line whose code starts at the instruction that follows. */
  | { readonly kind: 'source'; readonly insn: number; readonly source: SourceReport }
  | { readonly kind: 'insn'; readonly insn: number; readonly report: InsnReport }

/** A program's listing, and what in it belongs together. */
export interface Listing {
  readonly program: ProgramReport
  readonly rows: readonly Row[]
  readonly insns: ReadonlyMap<number, InsnReport>
  readonly functionOf: ReadonlyMap<number, string>
  /** The C line that an instruction comes from. */
  readonly sourceOf: ReadonlyMap<number, SourceReport>
  /** The instructions that come from a C line, by `lineKey`. */
  readonly insnsOf: ReadonlyMap<string, readonly number[]>
  /** The instructions that relocation has to do with. */
  readonly relocated: readonly InsnReport[]
}

export const lineKey = ({ fileName, lineNumber }: SourceReport): string => `${fileName}:${lineNumber}`

export function listingOf(program: ProgramReport): Listing {
  const starts = new Map(program.functions.map((one) => [one.start, one]))
  const rows: Row[] = []
  const [functionOf, sourceOf] = [new Map<number, string>(), new Map<number, SourceReport>()]
  const insnsOf = new Map<string, number[]>()
  let source: SourceReport | undefined
  let inside = program.name
  for (const report of program.insns) {
    const { insn } = report
    const start = starts.get(insn)
    if (start !== undefined) {
      // A function without line information is not code of the line before it.
      source = undefined
      inside = start.name
      rows.push({ kind: 'function', insn, name: start.name, section: start.section })
    }
    if (report.source !== undefined) {
      source = report.source
      if (source.text !== '') rows.push({ kind: 'source', insn, source })
    }
    rows.push({ kind: 'insn', insn, report })
    functionOf.set(insn, inside)
    if (source === undefined) continue
    sourceOf.set(insn, source)
    const known = insnsOf.get(lineKey(source))
    if (known === undefined) insnsOf.set(lineKey(source), [insn])
    else known.push(insn)
  }
  const insns = new Map(program.insns.map((report) => [report.insn, report]))
  const relocated = program.insns.filter(
    ({ relocations, before }) => relocations.length > 0 || before !== undefined,
  )
  return { program, rows, insns, functionOf, sourceOf, insnsOf, relocated }
}

/** Whether a row has a second line: what the instruction was, and why it is another now. */
export function hasNote(report: InsnReport): boolean {
  return report.before !== undefined || report.relocations.length > 0
}

/** Where a jump or a call within the program goes; undefined for other instructions. */
export function jumpTarget({ insn, after }: InsnReport): number | undefined {
  const [, distance] = /\b(?:(?:may_)?gotol? |call pc)([+-]\d+)$/.exec(after.text) ?? []
  return distance === undefined ? undefined : insn + 1 + Number(distance)
}

/** Hexadecimal bytes as the fields of struct bpf_insn: opcode, registers, offset, immediate. */
export function spacedBytes(bytes: string): string {
  return bytes.replaceAll(/(..)(..)(....)(........)/g, '$1 $2 $3 $4 ').trimEnd()
}
