import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { print } from '../../src/commands/print.ts'

/** An output that takes what it is given, or fails. */
class Output extends Writable {
  readonly chunks: string[] = []
  readonly #failure: Error | undefined

  constructor(failure?: Error) {
    super()
    this.#failure = failure
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.chunks.push(chunk.toString())
    setImmediate(() => {
      done(this.#failure)
    })
  }
}

const failure = (code: string): Error => Object.assign(new Error(`write ${code}`), { code })

/** Listeners go once the event that they were for had its chance. */
async function listenersLater(output: Writable): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5))
  return output.listenerCount('error')
}

describe('print', () => {
  it('writes everything, and leaves no listener behind', async () => {
    const output = new Output()
    await print('a\nb\n', output)
    expect(output.chunks).toEqual(['a\nb\n'])
    expect(await listenersLater(output)).toBe(0)
  })

  it('is done when the reader has gone away', async () => {
    const output = new Output(failure('EPIPE'))
    await print('a', output)
    expect(await listenersLater(output)).toBe(0)
  })

  it('says what else went wrong, with nothing unhandled and no listener left', async () => {
    const output = new Output(failure('ENOSPC'))
    await expect(print('a', output)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: 'cannot write to standard output: write ENOSPC; check where the output is redirected to',
    })
    expect(await listenersLater(output)).toBe(0)
  })

  it('does not wait for an output that was closed before', async () => {
    const output = new Output()
    output.destroy()
    await expect(print('a', output)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' })
    expect(await listenersLater(output)).toBe(0)
  })
})
