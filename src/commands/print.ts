import type { Writable } from 'node:stream'
import { outputError } from '../tool/line_writer.ts'

/**
 * Writes a command's whole result. Resolves when it is out, or when the reader went away (`| head -3`), who has then seen
 * what he wanted.
 *
 * @throws OutputError
 */
export async function print(text: string, output: Writable = process.stdout): Promise<void> {
  const ignore = (): void => undefined
  // Without a listener the event, which comes right after the call back, would end the process.
  output.on('error', ignore)
  try {
    await written(text, output)
  } finally {
    setImmediate(() => output.off('error', ignore))
  }
}

async function written(text: string, output: Writable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    output.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (error === null || error === undefined || error.code === 'EPIPE') resolve()
      else reject(outputError(error))
    })
  })
}
