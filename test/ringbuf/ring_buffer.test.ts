import { describe, expect, it, vi } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { RingBuffer } from '../../src/ringbuf/ring_buffer.ts'
import type { RecordDecoder, RingRecord } from '../../src/ringbuf/ring_record.ts'
import { FakeRingKernel, openRing } from './fake_ring_kernel.ts'
import { RingProducer } from './ring_producer.ts'

const u32: RecordDecoder<number> = { size: 4, decode: (view, offset) => view.getUint32(offset, true) }
const ignore = (): void => undefined

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** What an iteration yields until it ends. */
async function collect(ring: RingBuffer, signal?: AbortSignal): Promise<number[]> {
  const values: number[] = []
  for await (const value of ring.records(u32, { signal })) values.push(value)
  return values
}

describe('RingBuffer.consume', () => {
  it('visits what is there now and reports statistics', () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    producer.discard(producer.reserve(8)!)
    producer.outputU32(2)
    producer.outputU32(3)
    const values: number[] = []
    expect(ring.consume((record) => values.push(record.u32(0)), 2)).toBe(2)
    expect(values).toEqual([1, 2])
    expect(ring.statistics).toEqual({
      records: 2,
      bytes: 8,
      discarded: 1,
      wakeups: 0,
      available: 16,
      size: 4096,
    })
    ring.close()
  })

  it('throws what the callback throws, after which reading goes on behind that record', () => {
    const { producer, ring } = openRing()
    for (const value of [1, 2, 3]) producer.outputU32(value)
    const values: number[] = []
    const failOnTwo = (record: RingRecord): void => {
      values.push(record.u32(0))
      if (values.length === 2) throw new Error('two')
    }
    expect(() => ring.consume(failOnTwo)).toThrow('two')
    expect(ring.consume(failOnTwo)).toBe(1)
    expect(values).toEqual([1, 2, 3])
    ring.close()
  })

  it('does nothing to memory that is no longer mapped', () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    ring.close()
    expect(() => ring.consume(ignore)).toThrow(expect.objectContaining({ code: 'RINGBUF_CLOSED', map: 'rb' }))
    expect(ring.statistics).toMatchObject({ records: 0, available: 0 })
  })
})

describe('RingBuffer.close', () => {
  it('unmaps both mappings exactly once, however often it is called', () => {
    const { kernel, ring } = openRing()
    ring.close()
    ring[Symbol.dispose]()
    expect(kernel.unmapped).toHaveLength(2)
    expect(ring.closed).toBe(true)
  })

  it('waits for the callback that it is called from, which is then the last', () => {
    const { kernel, producer, ring } = openRing()
    for (const value of [1, 2, 3]) producer.outputU32(value)
    const values: number[] = []
    const kept: RingRecord[] = []
    const closeAtOnce = (record: RingRecord): void => {
      ring.close()
      expect(kernel.unmapped).toEqual([])
      expect(() => ring.consume(ignore)).toThrow(expect.objectContaining({ code: 'RINGBUF_CLOSED' }))
      values.push(record.u32(0))
      kept.push(record)
    }
    expect(ring.consume(closeAtOnce)).toBe(1)
    expect(values).toEqual([1])
    expect(kernel.unmapped).toHaveLength(2)
    expect(() => kept[0]!.u32(0)).toThrow(expect.objectContaining({ code: 'RINGBUF_STALE_RECORD' }))
    ring.close()
    expect(kernel.unmapped).toHaveLength(2)
  })

  it('unmaps also if the callback that called it throws', () => {
    const { kernel, producer, ring } = openRing()
    producer.outputU32(1)
    const closeAndThrow = (): void => {
      ring.close()
      throw new Error('after close')
    }
    expect(() => ring.consume(closeAndThrow)).toThrow('after close')
    expect(kernel.unmapped).toHaveLength(2)
  })

  it('leaves what was not read in the map, for the next reader', () => {
    const { producer, ring, kernel } = openRing()
    for (const value of [1, 2]) producer.outputU32(value)
    ring.consume(ignore, 1)
    const second = RingBuffer.open(kernel, { mapFd: fdNumber(9), size: producer.size })
    expect(second.statistics.available).toBe(16)
    second.close()
    ring.close()
  })
})

describe('RingBuffer.forEach', () => {
  it('visits records as they come and resolves after close()', async () => {
    const { kernel, producer, ring } = openRing()
    const values: number[] = []
    const reading = ring.forEach((record) => values.push(record.u32(0)))
    for (let value = 0; value < 5; value++) {
      producer.outputU32(value)
      await turns(4)
      expect(values).toHaveLength(value + 1)
    }
    expect(ring.statistics.wakeups).toBe(5)
    ring.close()
    await reading
    expect(values).toEqual([0, 1, 2, 3, 4])
    expect(kernel.watching).toBe(0)
  })

  it('lets the event loop run between batches of a producer that is always ahead', async () => {
    const { producer, ring } = openRing()
    producer.outputU32(0)
    let visited = 0
    const reading = ring.forEach(
      () => {
        visited++
        producer.outputU32(visited)
        producer.outputU32(visited)
      },
      { batch: 10 },
    )
    const perTurn: number[] = []
    for (let turn = 0; turn < 20; turn++) {
      const before = visited
      await turns(1)
      perTurn.push(visited - before)
    }
    expect(visited).toBeGreaterThan(50)
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(10)
    ring.close()
    await reading
  })

  it.each([
    [0, 4000],
    [0.001, 2048],
    [0.01, 512],
  ])(
    'visits what is there for 2 ms before the event loop has its turn, at %d ms a record',
    async (took, most) => {
      const { producer, ring } = openRing({ size: 16 * 4096 })
      for (let value = 0; value < 4000; value++) producer.outputU32(value)
      let now = 0
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
      let visited = 0
      const reading = ring.forEach(() => {
        visited++
        now += took
      })
      await turns(1)
      clock.mockRestore()
      expect(visited).toBe(most)
      ring.close()
      await reading
    },
  )

  it('rejects with what the callback throws, stops watching, and can begin anew', async () => {
    const { kernel, producer, ring } = openRing()
    for (const value of [1, 2]) producer.outputU32(value)
    const failing = (): void => {
      throw new Error('one')
    }
    await expect(ring.forEach(failing)).rejects.toThrow('one')
    expect(kernel.watching).toBe(0)
    const values: number[] = []
    await ring.forEach((record) => values.push(record.u32(0)), { signal: AbortSignal.abort() })
    expect(values).toEqual([2])
    ring.close()
  })

  it('ends when its own callback closes the ring buffer', async () => {
    const { kernel, producer, ring } = openRing()
    for (const value of [1, 2]) producer.outputU32(value)
    let visited = 0
    await ring.forEach(() => {
      visited++
      ring.close()
    })
    expect(visited).toBe(1)
    expect(kernel.unmapped).toHaveLength(2)
    expect(kernel.watching).toBe(0)
  })

  it('rejects where the shared memory contradicts itself', async () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    producer.writeHeader(0, 4000)
    await expect(ring.forEach(ignore)).rejects.toMatchObject({ code: 'RINGBUF_CORRUPT', map: 'rb' })
    ring.close()
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses batches of %d records', async (batch) => {
    const { ring } = openRing()
    await expect(ring.forEach(ignore, { batch })).rejects.toMatchObject({ code: 'RINGBUF_BAD_ARGUMENT' })
    ring.close()
  })
})

describe('RingBuffer.records', () => {
  it('yields decoded records across waits, and ends at the abort', async () => {
    const { kernel, producer, ring } = openRing()
    const controller = new AbortController()
    const collected = collect(ring, controller.signal)
    for (let value = 0; value < 3; value++) {
      producer.outputU32(value)
      await turns(4)
    }
    controller.abort()
    expect(await collected).toEqual([0, 1, 2])
    expect(kernel.watching).toBe(0)
    ring.close()
  })

  it('yields what was in the buffer when the abort came, and nothing that came later', async () => {
    const { producer, ring } = openRing()
    const controller = new AbortController()
    for (let value = 0; value < 5; value++) producer.outputU32(value)
    const values: number[] = []
    for await (const value of ring.records(u32, { signal: controller.signal, batch: 2 })) {
      values.push(value)
      if (value === 1) controller.abort()
      if (value === 3) producer.outputU32(99)
    }
    expect(values).toEqual([0, 1, 2, 3, 4])
    expect(ring.statistics.available).toBe(16)
    ring.close()
  })

  it('yields what is there under a signal that was aborted before', async () => {
    const { producer, ring } = openRing()
    expect(await collect(ring, AbortSignal.abort())).toEqual([])
    producer.outputU32(7)
    expect(await collect(ring, AbortSignal.abort())).toEqual([7])
    ring.close()
  })

  it('waits for a record that is busy when the abort comes', async () => {
    const { producer, ring } = openRing()
    const busy = producer.reserve(4)!
    producer.outputU32(2)
    const collected = collect(ring, AbortSignal.abort())
    await turns(10)
    producer.write(busy, Uint8Array.of(1, 0, 0, 0))
    producer.commit(busy)
    expect(await collected).toEqual([1, 2])
    ring.close()
  })

  it('does not wait for ever for a record that stays busy, and leaves it in the buffer', async () => {
    const { producer, ring } = openRing()
    producer.reserve(4)
    expect(await collect(ring, AbortSignal.abort())).toEqual([])
    expect(ring.statistics.available).toBe(16)
    ring.close()
  })

  it('waits for a busy record and the records behind it', async () => {
    const { producer, ring } = openRing()
    const busy = producer.reserve(4)!
    producer.outputU32(2)
    const iterator = ring.records(u32)
    const first = iterator.next()
    await turns(20)
    expect(ring.statistics.records).toBe(0)
    producer.write(busy, Uint8Array.of(1, 0, 0, 0))
    producer.commit(busy)
    expect(await first).toEqual({ value: 1, done: false })
    expect(await iterator.next()).toEqual({ value: 2, done: false })
    await iterator.return()
    ring.close()
  })

  it('takes a record out of the buffer only when it is asked for, so that break loses none', async () => {
    const { kernel, producer, ring } = openRing()
    for (let value = 0; value < 5; value++) producer.outputU32(value)
    for await (const value of ring.records(u32)) {
      expect(ring.statistics.available).toBe((4 - value) * 16)
      if (value === 1) break
    }
    expect(kernel.watching).toBe(0)
    expect(await collect(ring, AbortSignal.abort())).toEqual([2, 3, 4])
    ring.close()
  })

  it('leaves records in the kernel while the loop is slow, and does not spin on them', async () => {
    const { kernel, producer, ring } = openRing()
    const values: number[] = []
    setImmediate(() => producer.outputU32(0))
    for await (const value of ring.records(u32)) {
      values.push(value)
      if (value === 3) break
      producer.outputU32(value + 1)
      const reports = kernel.reports
      await turns(20)
      expect(kernel.reports - reports).toBeLessThanOrEqual(1)
      expect(ring.statistics.available).toBe(16)
    }
    expect(values).toEqual([0, 1, 2, 3])
    ring.close()
  })

  it('lets the event loop run while a full buffer is read without pauses', async () => {
    const { producer, ring } = openRing({ size: 65536 })
    while (producer.outputU32(1));
    let timers = 0
    const count = (): void => {
      timers++
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    let records = 0
    for await (const value of ring.records(u32, { signal: AbortSignal.abort(), batch: 100 })) records += value
    clearImmediate(timer)
    expect(records).toBe(4095)
    expect(timers).toBeGreaterThanOrEqual(40)
    ring.close()
  })

  it('ends, without touching unmapped memory, when the ring buffer is closed inside the loop', async () => {
    const { kernel, producer, ring } = openRing()
    for (let value = 0; value < 3; value++) producer.outputU32(value)
    const values: number[] = []
    for await (const value of ring.records(u32)) {
      values.push(value)
      ring.close()
      expect(kernel.unmapped).toHaveLength(2)
    }
    expect(values).toEqual([0])
  })

  it('ends when the ring buffer is closed while it waits', async () => {
    const { kernel, ring } = openRing()
    const collected = collect(ring)
    await turns(3)
    ring.close()
    expect(await collected).toEqual([])
    expect(kernel.watching).toBe(0)
  })

  it('ends when the abort comes after close()', async () => {
    const { ring } = openRing()
    const controller = new AbortController()
    const collected = collect(ring, controller.signal)
    await turns(3)
    ring.close()
    controller.abort()
    expect(await collected).toEqual([])
  })

  it('throws at a record that is shorter than its type; the next iteration goes on behind it', async () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    producer.output(Uint8Array.of(2, 2))
    producer.outputU32(3)
    await expect(collect(ring)).rejects.toMatchObject({ code: 'RINGBUF_OUT_OF_RECORD', map: 'rb' })
    expect(await collect(ring, AbortSignal.abort())).toEqual([3])
    ring.close()
  })

  it('refuses a second reader while the first reads, not afterwards', async () => {
    const { producer, ring } = openRing()
    producer.outputU32(1)
    const first = ring.records(u32)
    await first.next()
    await expect(ring.records(u32).next()).rejects.toMatchObject({ code: 'RINGBUF_IN_USE', map: 'rb' })
    await expect(ring.forEach(ignore)).rejects.toMatchObject({ code: 'RINGBUF_IN_USE' })
    await first.return()
    producer.outputU32(2)
    expect(await collect(ring, AbortSignal.abort())).toEqual([2])
    ring.close()
  })

  it('refuses to begin after close()', async () => {
    const { ring } = openRing()
    ring.close()
    await expect(ring.records(u32).next()).rejects.toMatchObject({ code: 'RINGBUF_CLOSED' })
  })
})

describe('RingBuffer.open', () => {
  it('leaves nothing mapped if a mapping fails', () => {
    const kernel = new FakeRingKernel(new RingProducer())
    kernel.failingMmap = 1
    expect(() => RingBuffer.open(kernel, { mapFd: fdNumber(9), size: 4096 })).toThrow('EPERM')
    expect(kernel.unmapped).toHaveLength(1)
  })
})
