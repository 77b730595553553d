import { Command, CommanderError } from 'commander'
import { version } from '../version.ts'
import { bootstrapCommand } from './bootstrap.ts'
import { exitCodes } from './exit_codes.ts'
import { genCommand } from './gen.ts'
import { reportError } from './report_error.ts'

/**
 * Runs the command line.
 *
 * @param args Without the interpreter and the script.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok
  const program = new Command('rawbpf')
    .description('Loads BPF programs: ELF, BTF, CO-RE and bpf(2) in TypeScript, without libbpf.')
    .version(`rawbpf ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError()
    .exitOverride()
    .addCommand(
      bootstrapCommand((code) => {
        exitCode = code
      }),
    )
    .addCommand(
      genCommand((code) => {
        exitCode = code
      }),
    )
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // commander has printed what there is to say: help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(error, process.stderr)
  }
}
