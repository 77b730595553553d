import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { LineWriter } from '../../src/tool/line_writer.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** An output that notes what each write gets, and takes it at once, or when told, or not at all. */
class Output extends Writable {
  readonly chunks: string[] = []
  readonly waiting: (() => void)[] = []
  readonly #takes: 'at once' | 'when told' | Error

  constructor(takes: 'at once' | 'when told' | Error = 'at once') {
    super({ highWaterMark: 16 })
    this.#takes = takes
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.chunks.push(chunk.toString())
    if (this.#takes === 'at once') done()
    else if (this.#takes === 'when told') this.waiting.push(done)
    else done(this.#takes)
  }
}

const brokenPipe = (): Error => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
const noCall = (): never => expect.fail('the output was not closed')

const never = new AbortController().signal

describe('LineWriter', () => {
  it('knows when all of it is out, and when it cannot be', async () => {
    const output = new Output()
    const writer = new LineWriter(output, noCall)
    writer.write('last\n')
    await writer.written()
    expect(output.chunks.join('')).toBe('last\n')
    let closed = 0
    const full = new LineWriter(new Output(new Error('no space')), () => closed++)
    full.write('last\n')
    await full.written()
    await full.written()
    expect([full.failure?.code, closed]).toEqual(['OUTPUT_FAILED', 1])
  })

  it('writes the lines of one turn of the event loop at once', async () => {
    const output = new Output()
    const writer = new LineWriter(output, noCall)
    for (let line = 0; line < 1000; line++) writer.write(`${line}\n`)
    expect(output.chunks).toEqual([])
    await nextTurn()
    expect(output.chunks).toHaveLength(1)
    expect(output.chunks[0]?.split('\n')).toHaveLength(1001)
    writer.write('later\n')
    await nextTurn()
    expect(output.chunks[1]).toBe('later\n')
  })

  it('writes at once what it has when it is flushed, and then not again', async () => {
    const output = new Output()
    const writer = new LineWriter(output, noCall)
    writer.write('a\n')
    writer.flush()
    writer.flush()
    expect(output.chunks).toEqual(['a\n'])
    await nextTurn()
    expect(output.chunks).toEqual(['a\n'])
  })

  it('says once that the reader went away, and drops what comes after', async () => {
    const output = new Output(brokenPipe())
    let closed = 0
    const writer = new LineWriter(output, () => closed++)
    writer.write('a\n')
    await nextTurn()
    await nextTurn()
    expect(closed).toBe(1)
    expect(writer.failure).toBeUndefined()
    writer.write('b\n')
    writer.flush()
    await nextTurn()
    expect(output.chunks).toEqual(['a\n'])
    expect(closed).toBe(1)
  })

  it('says once that any other error ended the output, and which', async () => {
    const output = new Output(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
    let closed = 0
    const writer = new LineWriter(output, () => closed++)
    expect(writer.failure).toBeUndefined()
    writer.write('a\n')
    writer.flush()
    await nextTurn()
    writer.write('b\n')
    writer.flush()
    await nextTurn()
    expect(closed).toBe(1)
    expect(output.chunks).toEqual(['a\n'])
    expect(writer.failure).toMatchObject({ code: 'OUTPUT_FAILED', cause: { code: 'ENOSPC' } })
    expect(writer.failure?.message).toContain('no space left')
  })

  it('is drained at once while the output has room', async () => {
    await new LineWriter(new Output(), noCall).drained(never)
  })

  it('waits while the output has no room', async () => {
    const output = new Output('when told')
    const writer = new LineWriter(output, noCall)
    writer.write('more than sixteen bytes\n')
    writer.flush()
    let drained = false
    const waiting = writer.drained(never).then(() => (drained = true))
    await nextTurn()
    expect(drained).toBe(false)
    output.waiting.pop()?.()
    await waiting
    expect(output.listenerCount('drain')).toBe(0)
  })

  it('waits no longer once it is told to stop, and leaves no listener behind', async () => {
    const output = new Output('when told')
    const writer = new LineWriter(output, noCall)
    writer.write('more than sixteen bytes\n')
    writer.flush()
    const stop = new AbortController()
    const waiting = writer.drained(stop.signal)
    stop.abort()
    await waiting
    await writer.drained(stop.signal)
    expect(output.listenerCount('drain')).toBe(0)
  })

  it('waits no longer once the reader went away', async () => {
    const output = new Output('when told')
    let closed = 0
    const writer = new LineWriter(output, () => closed++)
    writer.write('more than sixteen bytes\n')
    writer.flush()
    const waiting = writer.drained(never)
    output.destroy(brokenPipe())
    await waiting
    expect(closed).toBe(1)
  })
})
