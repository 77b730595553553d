import type { InsnReport, ProgramReport, RelocationReport } from './program_report.ts'
import { escaped, quoted } from './quoted.ts'

/**
 * A relocated program as text: every instruction, and under each that relocation has to do with, what it was and why it is
 * what it is. Ends with a newline.
 */
export function programText(report: ProgramReport): string {
  const { name, section, type, insns, functions } = report
  const slots = insns.reduce((sum, { after }) => sum + after.bytes.length / 16, 0)
  const lines = [`program ${quoted(name)} (section ${quoted(section)}, ${type}): ${slots} instructions`]
  const starts = new Map(functions.map((fn) => [fn.start, fn.name]))
  for (const insn of insns) {
    const start = starts.get(insn.insn)
    if (start !== undefined) lines.push(`${quoted(start)}:`)
    lines.push(...insnLines(insn))
  }
  return `${lines.join('\n')}\n`
}

/** Columns of the number and of the `: ` behind it, so that notes stand below the instruction's text. */
const INDENT = ' '.repeat(8)

function insnLines({ insn, source, before, after, relocations }: InsnReport): readonly string[] {
  const line =
    source === undefined || source.text === ''
      ? []
      : [`; ${escaped(source.text)} (${escaped(source.fileName)}:${source.lineNumber})`]
  const was = before === undefined ? [] : [`${INDENT}| was ${before.text}`]
  return [
    ...line,
    `${String(insn).padStart(6)}: ${after.text}`,
    ...was,
    ...relocations.map((relocation) => `${INDENT}| ${relocationText(relocation)}`),
  ]
}

/** Why an instruction is what it is, in one line. */
export function relocationText(relocation: RelocationReport): string {
  switch (relocation.kind) {
    case 'core':
      return coreText(relocation)
    case 'map': {
      const map = quoted(relocation.map)
      return relocation.offset === undefined ? `map ${map}` : `byte ${relocation.offset} of map ${map}`
    }
    case 'extern':
      return `extern ${quoted(relocation.extern)}: ${escaped(relocation.found)}`
    case 'jump-table':
      return `jump table ${quoted(relocation.table)} to instructions ${relocation.targets.join(', ')}`
    case 'function':
      return `function ${quoted(relocation.function)}, at instruction ${relocation.start}`
  }
}

function coreText({
  relocation,
  subject,
  candidates,
  expected,
  found,
  value,
  poisoned,
}: Extract<RelocationReport, { kind: 'core' }>): string {
  const asked = `CO-RE ${relocation} of ${escaped(subject)}`
  if (relocation === 'type_id_local') return `${asked}: ${value} in the object's types`
  const local = expected === undefined ? '' : `${expected} in the object's types, `
  const where = found === undefined ? '' : ` (${escaped(found)})`
  const of = candidates.map(({ btf, type }) => `type ${type} of ${escaped(btf)}`).join(', ')
  const asking = `asked: ${of === '' ? 'no type of that name' : of}`
  if (value === undefined)
    return `${asked}: ${local}nothing to read in the target's, so it is poisoned; ${asking}`
  const unsafe = poisoned ? ', of a size that this access would misread, so it is poisoned' : ''
  return `${asked}: ${local}${value} in the target's${where}${unsafe}; ${asking}`
}
