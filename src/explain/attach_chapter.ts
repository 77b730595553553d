import type { LoadStep } from '../loader/steps.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { AttachChapter, LinkReport } from './explanation.ts'
import { howAttached } from './step_line.ts'
import { targetText } from './programs_chapter.ts'

/** What the programs were attached to and how, and why the others were not. */
export function attachChapter(spec: ObjectSpec | undefined, steps: readonly LoadStep[]): AttachChapter {
  const made = linksMade(steps)
  const linked = new Set(made.map(({ program }) => program))
  const leftOut = new Set(steps.flatMap((step) => (step.kind === 'program-left-out' ? [step.program] : [])))
  const others = [...(spec?.programs.values() ?? [])]
    .filter(({ name }) => !linked.has(name))
    .map((program): LinkReport => {
      const target = whyNot(program, leftOut)
      return { program: program.name, target, how: undefined, syscalls: [] }
    })
  return { links: [...made, ...others] }
}

function whyNot({ name, kind, autoload }: ProgramSpec, leftOut: ReadonlySet<string>): string {
  if (!autoload) return 'it is not loaded by default'
  if (leftOut.has(name)) return 'it was left out of the load'
  if (kind.kind !== 'known') return kind.reason
  return targetText(kind.section) ?? "its section's name does not say where"
}

/** Each link with the numbers of the system calls between it and the step before. */
function linksMade(steps: readonly LoadStep[]): readonly LinkReport[] {
  const links: LinkReport[] = []
  let number = 0
  let calls: number[] = []
  for (const step of steps) {
    if (step.kind === 'syscall') calls.push(++number)
    else if (step.kind === 'link-made') {
      links.push({ program: step.program, target: step.target, how: howAttached[step.how], syscalls: calls })
      calls = []
    } else calls = []
  }
  return links
}
