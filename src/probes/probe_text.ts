import type { Probe, ProbeArgument, ProbeDescription } from './probe.ts'

/** What is known of a place, or why nothing is. */
export type DescribedProbe = Pick<Probe, 'section'> &
  (
    | { readonly description: ProbeDescription; readonly problem?: undefined }
    | { readonly description?: undefined; readonly problem: string }
  )

/** A line for the place, and one for each argument, indented. */
export function probeLines({ section, description, problem }: DescribedProbe): readonly string[] {
  if (description === undefined) return [section, `    (not known: ${problem})`]
  const { arguments: list, returns } = description
  const result = returns === undefined ? [] : [`return ${returns}`]
  return [section, ...[...list.map(argumentText), ...result].map((line) => `    ${line}`)]
}

function argumentText({ declaration, place }: ProbeArgument): string {
  return place === undefined || place === '' ? declaration : `${declaration} @ ${place}`
}

/** The object that `--json -v` prints for a place. */
export function probeObject({ section, description, problem }: DescribedProbe): object {
  if (description === undefined) return { probe: section, problem }
  const { arguments: list, returns } = description
  return {
    probe: section,
    arguments: list.map(({ name, type, offset, size, place }) => ({ name, type, offset, size, place })),
    returns,
  }
}
