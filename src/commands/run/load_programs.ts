import { BpfError } from '../../base/errors.ts'
import { listOfNames } from '../../base/list_of_names.ts'
import { type LoadedObject, loadObject, type ObjectSpec } from '../../index.ts'
import { ProgramsError } from '../../loader/programs_error.ts'
import { RunError } from '../../run/run_error.ts'
import { BadArgument } from '../../tool/bad_argument.ts'
import { exitCodes } from '../../tool/exit_codes.ts'
import { printStep } from '../../tool/print_step.ts'
import { exitCodeOf } from '../../tool/report_error.ts'
import type { RunRequest } from './run_flags.ts'

/**
 * Loads an object but for the programs that are not wanted.
 *
 * @throws BadArgument for a program that there is not; RunError 'RUN_NOT_LOADED' where one of several programs is to blame; what
 *   `loadObject` throws
 */
export function loadPrograms(spec: ObjectSpec, { without, verbosity }: RunRequest): LoadedObject {
  for (const name of without) {
    const program = spec.programs.get(name)
    if (program === undefined) {
      const known = listOfNames([...spec.programs.keys()])
      throw new BadArgument(
        `Invalid value of --without: ${spec.elf.name} has no program ${name}; it has ${known || 'none'}`,
      )
    }
    program.autoload = false
  }
  try {
    return loadObject(spec, verbosity === 'steps' ? { observer: printStep } : {})
  } catch (error) {
    throw spec.programs.size > without.length + 1 && isOfProgram(error) ? notLoaded(error) : error
  }
}

function isOfProgram(error: unknown): error is BpfError {
  if (!(error instanceof BpfError) || exitCodeOf(error) === exitCodes.notPermitted) return false
  return error instanceof ProgramsError || error.program !== undefined
}

function notLoaded(cause: BpfError): RunError {
  const name = cause.program ?? 'PROGRAM'
  const { object } = cause
  return new RunError('RUN_NOT_LOADED', `${cause.message}\n--without ${name} runs the rest`, {
    object,
    cause,
  })
}
