import { CommanderError } from 'commander'
import { bootstrapCommand } from './bootstrap.ts'
import { btfCommand } from './btf.ts'
import { buildCommand } from './build.ts'
import { checkCommand } from './check.ts'
import { command } from '../tool/command.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { explainCommand } from './explain.ts'
import { genCommand } from './gen.ts'
import { probesCommand } from './probes.ts'
import { progCommand } from './prog.ts'
import { relocateCommand } from './relocate.ts'
import { runCommand } from './run.ts'
import { reportError } from '../tool/report_error.ts'
import { toolsCommand } from './tools.ts'
import { tracePipeCommand } from './trace_pipe.ts'
import { toolCommand } from '../tool/index.ts'
import { tools } from '../tools/index.ts'

/** All of them, as the help lists them. */
const commands = [
  bootstrapCommand,
  runCommand,
  buildCommand,
  relocateCommand,
  explainCommand,
  checkCommand,
  progCommand,
  genCommand,
  probesCommand,
  btfCommand,
  tracePipeCommand,
  toolsCommand,
] as const

/**
 * Runs the command line.
 *
 * @param args Without the interpreter and the script.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok
  const program = command('rawbpf').description(
    'Loads BPF programs: ELF, BTF, CO-RE and bpf(2) in TypeScript, without libbpf.',
  )
  const setExitCode = (code: number): void => {
    exitCode = code
  }
  for (const make of commands) program.addCommand(make(setExitCode))
  // The help lists none of them, and to make all of them takes longer than most of what is asked for.
  for (const tool of tools.filter(({ name }) => args.includes(name)))
    program.addCommand(toolCommand(tool, setExitCode), { hidden: true })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // commander has printed what there is to say: help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(error, process.stderr)
  }
}
