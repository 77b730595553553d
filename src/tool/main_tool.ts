import { runCommandLine } from './run_command_line.ts'
import { toolCommand } from './run_tool.ts'
import type { Tool } from './tool.ts'

/**
 * Runs a tool as a program of its own, and sets `process.exitCode`: 0 when it was interrupted or its time is over, 64 for wrong
 * arguments, 77 where a privilege is missing, 1 for other errors.
 *
 * @param args Without the interpreter and the script: `process.argv.slice(2)`.
 */
export async function runTool(tool: Tool, args: readonly string[]): Promise<void> {
  process.exitCode = await runCommandLine((setExitCode) => toolCommand(tool, setExitCode), args, {
    name: tool.name,
  })
}
