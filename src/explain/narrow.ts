import type { Explanation } from './explanation.ts'

/** The explanation without what is about other programs than one; all of it where none is named. */
export function narrow(explanation: Explanation, program: string | undefined): Explanation {
  if (program === undefined) return explanation
  const { programs, attach } = explanation.chapters
  return {
    ...explanation,
    chapters: {
      ...explanation.chapters,
      programs: { programs: programs.programs.filter(({ name }) => name === program) },
      attach: { links: attach.links.filter((link) => link.program === program) },
    },
  }
}
