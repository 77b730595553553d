import { type Command, CommanderError } from 'commander'
import { exitCodes } from './exit_codes.ts'
import { reportError } from './report_error.ts'

/** Makes a command, which calls `setExitCode` where it ends otherwise than with 0. */
export type MakeCommand = (setExitCode: (code: number) => void) => Command

export interface CommandLineOptions {
  /** What errors begin with. */
  readonly name?: string
  /** Says more about a command that there is none of. */
  readonly onUnknownCommand?: () => void
}

/**
 * Parses the arguments of a process, does what they say, and reports errors on standard error.
 *
 * @param args Without the interpreter and the script.
 * @returns The exit code: 64 for wrong arguments, 77 where a privilege is missing, 1 for other errors, or what the command has set.
 */
export async function runCommandLine(
  make: MakeCommand,
  args: readonly string[],
  { name = 'rawbpf', onUnknownCommand = () => undefined }: CommandLineOptions = {},
): Promise<number> {
  let exitCode: number = exitCodes.ok
  try {
    const command = make((code) => {
      exitCode = code
    })
    await command.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // commander has printed what there is to say: help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError && error.code === 'commander.unknownCommand') onUnknownCommand()
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(error, process.stderr, name)
  }
}
