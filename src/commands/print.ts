import type { Writable } from 'node:stream'
import { outputError } from '../tool/line_writer.ts'

/**
 * Writes a command's whole result. Resolves when it is out, or when the reader went away (`| head -3`), who has then seen
 * what he wanted.
 *
 * @throws OutputError
 */
export async function print(text: string, output: Writable = process.stdout): Promise<void> {
  await printAll([text], output)
}

/**
 * The same for a result that is made piece by piece: the next one is made when the last one is out, and none for a reader who
 * went away.
 *
 * @throws OutputError; what making a piece throws
 */
export async function printAll(pieces: Iterable<string>, output: Writable = process.stdout): Promise<void> {
  const ignore = (): void => undefined
  // Without a listener the event, which comes right after the call back, would end the process.
  output.on('error', ignore)
  try {
    for (const piece of pieces) {
      if ((await written(piece, output)) === 'gone') return
    }
  } finally {
    setImmediate(() => output.off('error', ignore))
  }
}

async function written(text: string, output: Writable): Promise<'written' | 'gone'> {
  return await new Promise((resolve, reject) => {
    output.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (error === null || error === undefined) resolve('written')
      else if (error.code === 'EPIPE') resolve('gone')
      else reject(outputError(error))
    })
  })
}
