import { commandGroup } from '../tool/command.ts'
import { toolCommand } from '../tool/index.ts'
import { runCommandLine } from '../tool/run_command_line.ts'
import { tools } from '../tools/index.ts'
import { bootstrapCommand } from './bootstrap.ts'

/**
 * Runs the command line of bootstrap or of a tool.
 *
 * @param args Without the interpreter and the script; the first one is the tool's name.
 * @returns The exit code.
 */
export function toolMain(args: readonly string[]): Promise<number> {
  const tool = tools.find(({ name }) => name === args[0])
  return runCommandLine(
    (setExitCode) =>
      commandGroup('rawbpf').addCommand(
        tool === undefined ? bootstrapCommand(setExitCode) : toolCommand(tool, setExitCode),
      ),
    args,
  )
}
