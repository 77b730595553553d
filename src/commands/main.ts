import type { Command } from 'commander'
import { bootstrapCommand } from './bootstrap.ts'
import { btfCommand } from './btf.ts'
import { buildCommand } from './build.ts'
import { checkCommand } from './check.ts'
import { commandGroup } from '../tool/command.ts'
import { explainCommand } from './explain.ts'
import { genCommand } from './gen.ts'
import { closestNames } from '../object/closest_names.ts'
import { probesCommand } from './probes.ts'
import { progCommand } from './prog.ts'
import { relocateCommand } from './relocate.ts'
import { runCommand } from './run.ts'
import { toolsCommand } from './tools.ts'
import { tracePipeCommand } from './trace_pipe.ts'
import { toolCommand } from '../tool/index.ts'
import { runCommandLine } from '../tool/run_command_line.ts'
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
export function main(args: readonly string[]): Promise<number> {
  const make = (setExitCode: (code: number) => void): Command => {
    const program = commandGroup('rawbpf').description(
      'Loads BPF programs: ELF, BTF, CO-RE and bpf(2) in TypeScript, without libbpf.',
    )
    for (const each of commands) program.addCommand(each(setExitCode))
    // The help lists none of them, and to make all of them takes longer than most of what is asked for.
    for (const tool of tools.filter(({ name }) => args.includes(name)))
      program.addCommand(toolCommand(tool, setExitCode), { hidden: true })
    return program
  }
  return runCommandLine(make, args, {
    onUnknownCommand: () => {
      suggestTool(args)
    },
  })
}

/** The commands that commander knows and suggests are those of the help, without the tools. */
function suggestTool(args: readonly string[]): void {
  const written = args.find((arg) => !arg.startsWith('-')) ?? ''
  const meant = closestNames(tools.map(({ name }) => ({ written, known: name, name })))
  if (meant.length > 0)
    process.stderr.write(`\nDid you mean the tool ${meant.join(' or ')}? rawbpf tools lists them all.\n`)
}
