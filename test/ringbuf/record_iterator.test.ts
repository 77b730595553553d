import { describe, expect, it } from 'vitest'
import type { RingBuffer } from '../../src/ringbuf/ring_buffer.ts'
import type { ReadOptions } from '../../src/ringbuf/ring_reading.ts'
import { openRing } from './fake_ring_kernel.ts'

const DONE = { value: undefined, done: true }

function numbers(ring: RingBuffer, options?: ReadOptions): AsyncGenerator<number, void, undefined> {
  return ring.records({ size: 4, decode: (view, offset) => view.getUint32(offset, true) }, options)
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('RecordIterator', () => {
  it('ends a next() that waits as soon as return() is called', async () => {
    const { kernel, producer, ring } = openRing()
    const iterator = numbers(ring)
    const next = iterator.next()
    await turns(3)
    expect(await iterator.return()).toEqual(DONE)
    expect(await next).toEqual(DONE)
    expect(kernel.watching).toBe(0)
    producer.outputU32(1)
    expect(await iterator.next()).toEqual(DONE)
    expect(ring.statistics.records).toBe(0)
    ring.close()
  })

  it('gives records to calls of next() that came before them in the order of the calls', async () => {
    const { producer, ring } = openRing()
    const iterator = numbers(ring)
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    await turns(3)
    for (const value of [1, 2]) producer.outputU32(value)
    await turns(5)
    producer.outputU32(3)
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([1, 2, 3])
    await iterator.return()
    ring.close()
  })

  it('ends every next() that waits when the ring buffer is closed', async () => {
    const { ring } = openRing()
    const iterator = numbers(ring)
    const calls = [iterator.next(), iterator.next()]
    await turns(3)
    ring.close()
    expect(await Promise.all(calls)).toEqual([DONE, DONE])
  })

  it('lets another reader begin after return(), which finds what was not handed over', async () => {
    const { producer, ring } = openRing()
    for (const value of [1, 2]) producer.outputU32(value)
    const first = numbers(ring)
    expect(await first.next()).toEqual({ value: 1, done: false })
    await first.return()
    const second = numbers(ring)
    expect(await second.next()).toEqual({ value: 2, done: false })
    await second.return()
    ring.close()
  })

  it('reads nothing before the first next(), and nothing at all if it is returned before', async () => {
    const { kernel, producer, ring } = openRing()
    producer.outputU32(1)
    const iterator = numbers(ring)
    await turns(3)
    expect(await iterator.return()).toEqual(DONE)
    expect(await iterator.next()).toEqual(DONE)
    expect(ring.statistics.available).toBe(16)
    expect(kernel.watching).toBe(0)
    ring.close()
  })

  it('ends with throw(), which rejects with what it was given', async () => {
    const { kernel, producer, ring } = openRing()
    producer.outputU32(1)
    const iterator = numbers(ring)
    await iterator.next()
    await expect(iterator.throw(new Error('enough'))).rejects.toThrow('enough')
    expect(await iterator.next()).toEqual(DONE)
    expect(kernel.watching).toBe(0)
    ring.close()
  })

  it('ends with the block of `await using`', async () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    {
      await using iterator = numbers(ring)
      await iterator.next()
    }
    producer.outputU32(2)
    const next = numbers(ring)
    expect(await next.next()).toEqual({ value: 2, done: false })
    await next.return()
    ring.close()
  })

  it('rejects the call that could not begin, and has ended then', async () => {
    const { ring } = openRing()
    const iterator = numbers(ring, { batch: 0 })
    await expect(iterator.next()).rejects.toMatchObject({ code: 'RINGBUF_BAD_ARGUMENT' })
    expect(await iterator.next()).toEqual(DONE)
    ring.close()
  })

  it('rejects the call whose record cannot be decoded, and ends the calls behind it', async () => {
    const { producer, ring } = openRing()
    const iterator = numbers(ring)
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    producer.outputU32(1)
    producer.output(Uint8Array.of(2))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[2]).toMatchObject({ value: DONE })
    ring.close()
  })

  it('hands over a batch of records for each turn of the event loop', async () => {
    const { producer, ring } = openRing()
    for (let value = 0; value < 9; value++) producer.outputU32(value)
    const perTurn: number[] = []
    let inThisTurn = 0
    const count = (): void => {
      perTurn.push(inThisTurn)
      inThisTurn = 0
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    for await (const value of numbers(ring, { signal: AbortSignal.abort(), batch: 3 })) {
      inThisTurn++
      expect(value).toBeLessThan(9)
    }
    clearImmediate(timer)
    expect([...perTurn, inThisTurn].filter((records) => records > 0)).toEqual([3, 3, 3])
    ring.close()
  })
})
