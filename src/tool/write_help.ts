import type { Writable } from 'node:stream'
import { outputError } from './line_writer.ts'
import { reportError } from './report_error.ts'

/**
 * Writes help or a version, as commander does it: without waiting. A reader who goes away (`rawbpf --help | head -1`) has seen what he
 * wanted. Anything else that is wrong with the output is said on standard error, and makes the exit code 1.
 */
export function writeHelp(text: string, output: Writable = process.stdout): void {
  // Without a listener the error would end the process with a stack.
  if (!output.listeners('error').includes(onError)) output.on('error', onError)
  output.write(text)
}

function onError(cause: NodeJS.ErrnoException): void {
  if (cause.code === 'EPIPE') return
  const exitCode = reportError(outputError(cause), process.stderr)
  process.once('exit', () => {
    process.exitCode = exitCode
  })
}
