import { BpfError } from '../../base/errors.ts'
import type { LoadedObject, LoadedProgram } from '../../index.ts'
import { RunError } from '../../run/run_error.ts'
import type { RunRequest } from './run_flags.ts'

/** What was not attached, and why. */
interface NotAttached {
  readonly what: string
  readonly why: string
  readonly cause?: BpfError
}

/**
 * Attaches program by program what section names say, and registers struct_ops maps if that was asked for. What cannot be
 * attached is told, and costs nothing else.
 *
 * @param tell Gets a line about each thing that is not attached.
 * @throws RunError 'RUN_NOTHING_ATTACHED', whose cause is the first refusal
 */
export function attachPrograms(
  object: LoadedObject,
  { structOps }: RunRequest,
  tell: (line: string) => void,
): void {
  const failures: NotAttached[] = []
  for (const program of object.programs.values()) {
    const failure = attach(program)
    if (failure !== undefined) failures.push(failure)
  }
  for (const { name, kind } of object.maps.values()) {
    if (kind !== 'struct_ops') continue
    const failure =
      structOps === 'registered'
        ? attempt(`struct_ops map ${name}`, () => object.registerStructOps(name))
        : { what: `struct_ops map ${name}`, why: '--struct-ops registers it' }
    if (failure !== undefined) failures.push(failure)
  }
  if (object.links.length === 0) throw nothingAttached(object, failures)
  for (const { what, why } of failures) tell(`${what} is not attached: ${why}`)
}

function attach(program: LoadedProgram): NotAttached | undefined {
  const what = `program ${program.name}`
  const { attachTarget: target, name, definition } = program.section
  if (target.kind === 'unsupported') return { what, why: target.why }
  if (target.kind === 'iter') return { what, why: 'it is an iterator, which runs when somebody reads it' }
  if (target.kind !== 'none') return attempt(what, () => program.attach())
  // Programs of struct_ops maps run once the map is registered.
  if (definition.programType === 'BPF_PROG_TYPE_STRUCT_OPS') return undefined
  return { what, why: `its section's name, '${name}', does not say what to` }
}

function attempt(what: string, make: () => unknown): NotAttached | undefined {
  try {
    make()
    return undefined
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return { what, why: error.message, cause: error }
  }
}

function nothingAttached({ name }: LoadedObject, failures: readonly NotAttached[]): RunError {
  const reasons = failures.map(({ what, why }) => `\n  ${what}: ${why}`).join('')
  const found = failures.length === 0 ? ': it has no programs that are loaded' : reasons
  const advice = 'rawbpf run attaches by section names alone, such as tracepoint/sched/sched_process_exec'
  const message = `nothing of ${name} can be attached${found}\n${advice}`
  const cause = failures.find((failure) => failure.cause !== undefined)?.cause
  return new RunError('RUN_NOTHING_ATTACHED', message, { object: name, cause })
}
