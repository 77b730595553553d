/**
 * The report that Linux 7.3 puts behind the narration of a program that it refuses: what kind of proof failed, in words of
 * its own for each, where, how the program got there, and what to do.
 */
export interface VerifierReport {
  /** What could not be proved, e.g. `Register Type Safety`. */
  readonly category: string
  /** e.g. `Invalid dereference`; '' where the kernel says no more than the category. */
  readonly problem: string
  /** The paragraph of `Reason`, as one line. */
  readonly reason: string
  /** The paragraph of `Suggestion`, as one line; '' where the kernel has none. */
  readonly suggestion: string
  /** The instruction of `At`. */
  readonly insn: number | undefined
}

/** A log in two: the narration, whose last lines are the verifier's terse words, and the report. */
export interface SplitLog {
  readonly narration: string
  readonly report: VerifierReport | undefined
}

/** The line that a report starts with, behind an empty one (`bpf_diag_header` in kernel/bpf/diagnostics.c). */
const HEAD = /^Verification failed: ([^:\n]+)(?:: (.+))?$/

/** The line that a section starts with (`diag_section`): a title, as `Reason` or `Causal path`; text is indented. */
const TITLE = /^([A-Z][A-Za-z ]*):$/

/**
 * Where a section shows an instruction: `  >>> 4 | (79) r0 = *(u64 *)(r0 +8)`, the opcode in parentheses telling it from a
 * source line, or `  insn 4` for a program without lines.
 */
const INSN = /(?:>>> +(\d+) \| \([0-9a-f]{2}\) |^ {2}insn (\d+)$)/

/** Splits a log of either form. Kernels before 7.3 write no report; a later one writes none for some refusals. */
export function splitLog(log: string): SplitLog {
  const lines = log.split('\n')
  const start = lines.findLastIndex((line) => HEAD.test(line))
  if (start === -1) return { narration: log, report: undefined }
  const [, category = '', problem = ''] = HEAD.exec(lines[start] ?? '') ?? []
  const sections = readSections(lines.slice(start + 1))
  return {
    narration: lines.slice(0, start).join('\n'),
    report: {
      category,
      problem,
      reason: paragraph(sections.get('Reason')),
      suggestion: paragraph(sections.get('Suggestion')),
      insn: insnOf(sections.get('At')),
    },
  }
}

/** The lines of each section by its title. A section ends where the next one starts, or a line that is not indented. */
function readSections(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>()
  let current: string[] | undefined
  for (const line of lines) {
    const title = TITLE.exec(line)?.[1]
    if (title !== undefined) {
      current = []
      sections.set(title, current)
    } else if (line.startsWith('  ')) current?.push(line)
    else if (line !== '') current = undefined
  }
  return sections
}

/** The kernel wraps paragraphs at 100 columns, and indents each line. */
function paragraph(lines: readonly string[] = []): string {
  return lines.map((line) => line.trim()).join(' ')
}

function insnOf(lines: readonly string[] = []): number | undefined {
  for (const line of lines) {
    const [, marked, named] = INSN.exec(line) ?? []
    const number = marked ?? named
    if (number !== undefined) return Number(number)
  }
  return undefined
}
