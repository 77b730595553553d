/** Takes the steps of docs/write-a-tool.md, and compares what it shows with what is there. */
import { join } from 'node:path'
import { type Block, shapeOf, TourError } from './tour-page.ts'
import { stepsOf } from './walk-page.ts'
import type { WalkProject } from './walk-project.ts'

export const walkPage = join(import.meta.dirname, '..', 'docs', 'write-a-tool.md')

/** A block of the page, and what there is to show in it now. */
export interface Shown {
  readonly block: Block
  readonly now: readonly string[]
}

/**
 * Takes all steps of a page in a project, in order.
 *
 * @throws TourError where a step cannot be taken
 */
export async function walk(project: WalkProject, page: string): Promise<readonly Shown[]> {
  const shown: Shown[] = []
  for (const step of stepsOf(page)) {
    const now = await project.take(step)
    if (step.kind === 'show' && now !== undefined) shown.push({ block: step.block, now })
  }
  if (shown.length === 0) throw new TourError('the page shows no command')
  return shown
}

/** What the page shows otherwise than it is, numbers aside. */
export function differences(shown: readonly Shown[]): readonly string[] {
  return shown.flatMap(({ block: { directive, shown: before }, now }) => {
    if (shapeOf(before) === shapeOf(now)) return []
    return [`line ${directive.line}: ${directive.command} prints something else:\n${now.join('\n')}`]
  })
}
