import { BpfError } from '../base/errors.ts'
import { listOfNames } from '../base/list_of_names.ts'
import type { ProgramFailure } from '../relocate/program_failure.ts'

/** A map that could not be made, and why. */
export interface MapFailure {
  readonly map: string
  readonly error: BpfError
}

/** What a load could not do without, and did not get. */
export interface MissingParts {
  readonly fileName: string
  /** How many programs were to be loaded. */
  readonly programCount: number
  readonly failures: readonly ProgramFailure[]
  readonly mapFailures: readonly MapFailure[]
}

/** Several programs or maps of an object failed, for several reasons. The message has a paragraph for each reason. */
export class ProgramsError extends BpfError {
  declare readonly code: 'LOAD_PROGRAMS_FAILED'
  /** The programs that failed and are not optional, in the order in which they failed. */
  readonly failures: readonly ProgramFailure[]
  /** The maps that failed and that no program refers to. */
  readonly mapFailures: readonly MapFailure[]

  constructor(parts: MissingParts) {
    super('LOAD_PROGRAMS_FAILED', describe(parts), { object: parts.fileName })
    this.failures = parts.failures
    this.mapFailures = parts.mapFailures
  }
}

/** How many reasons a message has room for; `failures` has them all. */
const MAX_PARAGRAPHS = 20

function describe(parts: MissingParts): string {
  const reasons = new Map<BpfError, string[]>()
  const blame = (error: BpfError, part: string): void => {
    const blamed = reasons.get(error) ?? []
    reasons.set(error, blamed)
    blamed.push(part)
  }
  for (const { program, error } of parts.failures) blame(error, program)
  for (const { map, error } of parts.mapFailures) blame(error, `map ${map}`)
  const paragraphs = [...reasons].map(([error, blamed]) => paragraph(parts.fileName, blamed, error))
  const shown = paragraphs.slice(0, MAX_PARAGRAPHS)
  const hidden = paragraphs.length - shown.length
  const more = hidden === 0 ? [] : [`  and ${hidden} more reasons, which the error's failures list`]
  return [headline(parts), ...shown, ...more].join('\n\n')
}

function headline({ fileName, programCount, failures, mapFailures }: MissingParts): string {
  const maps = mapFailures.length === 0 ? [] : [count(mapFailures.length, 'map')]
  const programs = failures.length === 0 ? [] : [`${failures.length} of ${count(programCount, 'program')}`]
  return (
    `${fileName}: cannot load ${[...programs, ...maps].join(' and ')}; what is not needed can be left out: programs by ` +
    'autoload or the option optional, maps by autocreate'
  )
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function paragraph(fileName: string, blamed: readonly string[], { message }: BpfError): string {
  const prefix = `${fileName}: `
  const reason = message.startsWith(prefix) ? message.slice(prefix.length) : message
  return `  ${listOfNames(blamed)}: ${reason.replaceAll('\n', '\n    ')}`
}
