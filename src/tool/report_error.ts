import { BpfError } from '../base/errors.ts'
import { PermissionError } from '../kernel/capabilities.ts'
import { ProgramsError } from '../loader/programs_error.ts'
import { exitCodes } from './exit_codes.ts'

/** Where text goes. */
export interface TextOutput {
  write(text: string): unknown
}

/**
 * Says on `output` what went wrong: the message of a BpfError, the stack of anything else, which is a bug of the program.
 *
 * @param name Of the program, which begins the line.
 * @returns The exit code: 77 where a privilege is missing, 1 otherwise.
 */
export function reportError(error: unknown, output: TextOutput, name = 'rawbpf'): number {
  if (error instanceof BpfError) {
    output.write(`${name}: ${error.message}\n`)
    return exitCodeOf(error)
  }
  output.write(
    `${name}: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return exitCodes.failed
}

/** The exit code of a command that fails with `error`. */
export function exitCodeOf(error: BpfError): number {
  return permissionIsMissing(error) ? exitCodes.notPermitted : exitCodes.failed
}

function permissionIsMissing(error: unknown): boolean {
  if (error instanceof ProgramsError) {
    return [...error.failures, ...error.mapFailures].every(({ error: each }) => permissionIsMissing(each))
  }
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PermissionError) return true
  }
  return false
}
