import { BpfError } from '../base/errors.ts'
import { PermissionError } from '../kernel/capabilities.ts'
import { exitCodes } from './exit_codes.ts'

/** Where text goes. */
export interface TextOutput {
  write(text: string): unknown
}

/**
 * Says on `output` what went wrong: the message of a BpfError, the stack of anything else, which is a bug of ours.
 *
 * @returns The exit code: 77 where a privilege is missing, 1 otherwise.
 */
export function reportError(error: unknown, output: TextOutput): number {
  if (error instanceof BpfError) {
    const permission = permissionErrorBehind(error)
    if (permission === undefined) {
      output.write(`rawbpf: ${error.message}\n`)
      return exitCodes.failed
    }
    output.write(`rawbpf: ${error.message}${alsoMissing(error.message, permission)}\n`)
    return exitCodes.notPermitted
  }
  output.write(
    `rawbpf: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return exitCodes.failed
}

function permissionErrorBehind(error: unknown): PermissionError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PermissionError) return cause
  }
  return undefined
}

/**
 * The message is about the call that was refused, which may need less than all of the load; whoever follows its advice
 * should not meet the next refusal then.
 */
function alsoMissing(message: string, { missing }: PermissionError): string {
  const others = missing.filter((capability) => !message.includes(capability))
  return others.length === 0 ? '' : `; the next step needs ${others.join(' and ')}, too`
}
