import { describe, expect, it } from 'vitest'
import type { RecordQueue } from '../../src/ringbuf/record_queue.ts'
import { RecordReader } from '../../src/ringbuf/record_reader.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

/** A queue that was emptied before; `open` counts how often what is under it was given back. */
function reader(queue: Partial<RecordQueue> = {}): { readonly reader: RecordReader; released: number } {
  const state = { reader: undefined as unknown as RecordReader, released: 0 }
  state.reader = new RecordReader(new FakeKernel(), {
    queue: {
      ready: false,
      draining: false,
      mark: () => () => true,
      drain: () => 0,
      interrupt: () => undefined,
      ...queue,
    },
    descriptors: [],
    readable: 'while records are there',
    release: () => {
      state.released++
    },
    what: 'perf buffer',
    map: 'events',
  })
  return state
}

describe('RecordReader', () => {
  it('gives back what is under it once, however often it is closed', () => {
    const state = reader()
    state.reader.close()
    state.reader.close()
    state.reader[Symbol.dispose]()
    expect(state.released).toBe(1)
    expect(state.reader.closed).toBe(true)
  })

  it('says what it reads, in errors', async () => {
    const { reader: one } = reader()
    await expect(one.forEach(() => undefined, { batch: 0 })).rejects.toMatchObject({
      code: 'RINGBUF_BAD_ARGUMENT',
      message: 'cannot read the perf buffer in batches of 0 records: pass a positive integer',
      map: 'events',
    })
    one.close()
    expect(bpfErrorOf('RINGBUF_CLOSED', () => one.consume(() => undefined)).message).toBe(
      'cannot read the perf buffer: it was closed',
    )
  })

  it('ends at once where the signal was aborted before the start and nothing is there', async () => {
    const { reader: one } = reader({ drain: () => expect.fail('nothing is to be read') })
    await one.forEach(() => undefined, { signal: AbortSignal.abort() })
    for await (const value of one.records({ size: 0, decode: () => 1 }, { signal: AbortSignal.abort() }))
      expect.fail(`got ${value}`)
  })
})
