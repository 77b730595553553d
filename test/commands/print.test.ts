import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { print, printAll } from '../../src/commands/print.ts'

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

describe('printAll', () => {
  it('asks for a piece when the last one is out', async () => {
    const output = new Output()
    const seen: number[] = []
    function* pieces(): Generator<string> {
      for (const piece of ['a', 'b', 'c']) {
        seen.push(output.chunks.length)
        yield piece
      }
    }
    await printAll(pieces(), output)
    expect(output.chunks).toEqual(['a', 'b', 'c'])
    expect(seen).toEqual([0, 1, 2])
    expect(await listenersLater(output)).toBe(0)
  })

  it('asks for no more when the reader has gone away', async () => {
    const output = new Output(failure('EPIPE'))
    let made = 0
    function* pieces(): Generator<string> {
      for (;;) {
        made++
        yield 'a'
      }
    }
    await printAll(pieces(), output)
    expect(made).toBe(1)
  })

  it('hands on what making a piece throws', async () => {
    const output = new Output()
    function* pieces(): Generator<string> {
      yield 'a'
      throw new Error('no more')
    }
    await expect(printAll(pieces(), output)).rejects.toThrow('no more')
    expect(output.chunks).toEqual(['a'])
    expect(await listenersLater(output)).toBe(0)
  })
})
