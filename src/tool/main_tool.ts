import { CommanderError } from 'commander'
import { exitCodes } from './exit_codes.ts'
import { reportError } from './report_error.ts'
import { toolCommand } from './run_tool.ts'
import type { Tool } from './tool.ts'

/**
 * Runs a tool as a program of its own, and sets `process.exitCode`: 0 when it was interrupted or its time is over, 64 for wrong
 * arguments, 77 where a privilege is missing, 1 for other errors.
 *
 * @param args Without the interpreter and the script: `process.argv.slice(2)`.
 */
export async function runTool(tool: Tool, args: readonly string[]): Promise<void> {
  let exitCode: number = exitCodes.ok
  try {
    const command = toolCommand(tool, (code) => {
      exitCode = code
    })
    await command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    // commander has printed what there is to say: help, the version, or what is wrong with the arguments.
    if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    else exitCode = reportError(error, process.stderr)
  }
  process.exitCode = exitCode
}
