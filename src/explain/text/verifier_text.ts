import type { Explanation, RegisterReport, VerifierReport, WalkEntry } from '../explanation.ts'
import type { InsnReport, ProgramReport } from '../program_report.ts'
import { counted, wrap } from './layout.ts'

export function verifierText({ chapters }: Explanation): readonly string[] {
  const listings = new Map(chapters.relocations.programs.map((program) => [program.name, program]))
  return chapters.verifier.programs
    .flatMap((report) => ['', ...reportLines(report, listings.get(report.program))])
    .slice(1)
}

function reportLines(report: VerifierReport, listing: ProgramReport | undefined): readonly string[] {
  const { program, verdict, reason, plain, statistics, registers } = report
  const numbers = statistics.map(({ name, value }) => `${name}: ${value}`).join(', ')
  return [
    ...wrap(`program ${program}: ${verdicts[verdict]}`, '', '  '),
    ...(reason === undefined ? [] : wrap(`in its words: ${reason}`, '  ', '    ')),
    ...(plain === undefined
      ? []
      : [
          ...wrap(`${plain.title}. ${plain.sentence}`, '  plainly: ', '    '),
          ...(plain.advice === '' ? [] : wrap(plain.advice, '  what to do: ', '    ')),
          ...wrap(plain.source, '  refused by: ', '    '),
        ]),
    ...registers.flatMap(registerLines),
    ...(numbers === '' ? [] : wrap(numbers, '  ', '    ')),
    ...walkLines(report, listing),
  ]
}

const verdicts: Readonly<Record<VerifierReport['verdict'], string>> = {
  accepted: 'accepted',
  refused: 'refused',
  'not asked': 'the verifier was not asked; --load asks it',
}

function registerLines({ register, value, writtenAt, lost }: RegisterReport): readonly string[] {
  const holds = value === undefined ? 'holds nothing that may be read' : `holds ${value}`
  const where =
    writtenAt === undefined
      ? ''
      : lost === 'no'
        ? `, since instruction ${writtenAt}`
        : `, since the call of instruction ${writtenAt}, which keeps none of r1 to r5`
  return wrap(`${register} ${holds}${where}`, '  ', '    ')
}

/** Lines of a walk that are shown of a program that was accepted; of one that was refused, of its end. */
const SHOWN = { accepted: 400, refused: 60, 'not asked': 0 } as const

function walkLines(report: VerifierReport, listing: ProgramReport | undefined): readonly string[] {
  const { walk, verdict, omitted } = report
  if (walk.length === 0) return []
  const shown = verdict === 'refused' ? walk.slice(-SHOWN.refused) : walk.slice(0, SHOWN.accepted)
  const missing = walk.length - shown.length + omitted
  const head = verdict === 'refused' ? 'the path that failed' : 'the walk'
  const insns = new Map(listing?.insns.map((insn) => [insn.insn, insn]))
  return [
    ...(missing === 0
      ? [`  ${head}:`]
      : wrap(
          `${head}, without ${counted(missing, 'visit')} that the page or --json may have:`,
          '  ',
          '    ',
        )),
    ...shown.flatMap((entry) => entryLines(entry, insns.get(entry.insn))),
  ]
}

function entryLines(
  { insn, state, changes, event, decision }: WalkEntry,
  listed: InsnReport | undefined,
): readonly string[] {
  const source = listed?.source
  // What comes first on a path, or after a jump, has nothing before it that tells the registers.
  const told = event === '' ? '' : state
  return [
    ...(event === '' ? [] : wrap(event, '    ', '      ')),
    ...(told === '' ? [] : wrap(told, '      ', '        ')),
    ...(source === undefined || source.text === ''
      ? []
      : wrap(`${source.text}  (${source.fileName}:${source.lineNumber})`, '    ; ', '    ;   ')),
    ...wrap(
      `${listed?.after.text ?? '?'}${decision === undefined ? '' : `  (${decision})`}`,
      `    ${String(insn).padStart(6)}: `,
      ' '.repeat(14),
    ),
    ...(changes === '' ? [] : wrap(changes, `${' '.repeat(14)}-> `, ' '.repeat(17))),
  ]
}
