import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import type { Mapping, MmapRequest, PollHandle } from '../../src/kernel/kernel.ts'
import { RingBuffer } from '../../src/ringbuf/ring_buffer.ts'
import { RingBufferGroup } from '../../src/ringbuf/ring_buffer_group.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { RingProducer } from './ring_producer.ts'

/** A kernel with a ring buffer for each of `producers`, whose descriptors are their indices. */
class FakeRingsKernel extends FakeKernel {
  readonly producers: readonly RingProducer[]
  readonly watched: (readonly number[])[] = []
  watching = 0

  constructor(count: number) {
    super()
    this.producers = Array.from({ length: count }, () => new RingProducer())
  }

  override mmap(fd: number, { offset }: Pick<MmapRequest, 'length' | 'visible' | 'offset'>): Mapping {
    const { consumer, producer } = this.producers[fd]!.memory
    const buffer = offset === 0 ? consumer : producer
    this.mappings++
    const unmap = (): void => {
      this.mappings--
      // Whoever reads it now finds positions that no ring buffer can have.
      new BigUint64Array(buffer, 0, 1).fill(offset === 0 ? 0n : 3n)
    }
    return { buffer, unmap, [Symbol.dispose]: unmap }
  }

  override poll(descriptors: readonly number[], onReadable: () => void): PollHandle {
    this.watched.push(descriptors)
    this.watching++
    let timer: NodeJS.Immediate | undefined
    const look = (): void => {
      timer = setImmediate(look)
      if (descriptors.some((fd) => this.producers[fd]!.readable)) onReadable()
    }
    timer = setImmediate(look)
    const close = (): void => {
      if (timer === undefined) return
      clearImmediate(timer)
      timer = undefined
      this.watching--
    }
    return { close, ref: () => undefined, unref: () => undefined, [Symbol.dispose]: close }
  }
}

interface OpenGroup {
  readonly kernel: FakeRingsKernel
  readonly rings: readonly RingBuffer[]
  /** Gives `INDEX:VALUE` for each record. */
  readonly group: RingBufferGroup<string>
}

function openRings(count: number): Pick<OpenGroup, 'kernel' | 'rings'> {
  const kernel = new FakeRingsKernel(count)
  const rings = kernel.producers.map((_, fd) =>
    RingBuffer.open(kernel, { mapFd: fdNumber(fd), size: 4096, name: `rb${fd}` }),
  )
  return { kernel, rings }
}

function open(count: number): OpenGroup {
  const { kernel, rings } = openRings(count)
  const group = new RingBufferGroup(
    rings.map((ring, index) => ({ ring, read: (record) => `${index}:${record.u32(0)}` })),
  )
  return { kernel, rings, group }
}

describe('RingBufferGroup', () => {
  it('has the records of each ring read by its own function', () => {
    const { kernel, rings } = openRings(2)
    const seen: string[] = []
    using group = new RingBufferGroup([
      { ring: rings[0]!, read: (record) => void seen.push(`a${record.u32(0)}`) },
      { ring: rings[1]!, read: (record) => void seen.push(`b${record.u32(0)}`) },
    ])
    for (const producer of kernel.producers) for (const value of [1, 2]) producer.outputU32(value)
    expect(group.consume(3)).toBe(3)
    expect(group.consume()).toBe(1)
    expect(seen).toEqual(['a1', 'a2', 'b1', 'b2'])
    expect(rings.map((ring) => ring.statistics.records)).toEqual([2, 2])
  })

  it('waits for all of them with one poll', async () => {
    const { kernel, group } = open(3)
    const values = group.values()
    for (const index of [2, 0, 1]) {
      const next = values.next()
      await nextTurn()
      kernel.producers[index]!.outputU32(index)
      expect(await next).toEqual({ value: `${index}:${index}`, done: false })
    }
    expect(kernel.watched.every((descriptors) => descriptors.length === 3)).toBe(true)
    expect(kernel.watching).toBeLessThanOrEqual(1)
    await values.return()
    expect(kernel.watching).toBe(0)
  })

  it('does not let a fast ring keep the others waiting', async () => {
    const { kernel, group } = open(2)
    const [fast, slow] = kernel.producers
    fast!.outputU32(0)
    slow!.outputU32(7)
    const seen: string[] = []
    for await (const value of group.values()) {
      seen.push(value)
      fast!.outputU32(0)
      if (value === '1:7' || seen.length > 10) break
    }
    expect(seen.at(-1)).toBe('1:7')
    group.close()
  })

  it('ends after an abort with what was in each of them', async () => {
    const { kernel, group } = open(2)
    for (const producer of kernel.producers) producer.outputU32(1)
    const seen: string[] = []
    for await (const value of group.values({ signal: AbortSignal.abort() })) seen.push(value)
    expect(seen).toEqual(['0:1', '1:1'])
    await group.forEach({ signal: AbortSignal.abort() })
  })

  it('keeps its rings from being read by others, until it is closed', async () => {
    const { kernel, rings, group } = open(2)
    await expect(rings[0]!.forEach(() => undefined)).rejects.toMatchObject({ code: 'RINGBUF_IN_USE' })
    bpfErrorOf('RINGBUF_IN_USE', () => new RingBufferGroup([{ ring: rings[1]!, read: () => 0 }]))
    kernel.producers[0]!.outputU32(1)
    expect(rings[0]!.consume(() => undefined)).toBe(1)
    group.close()
    group.close()
    bpfErrorOf('RINGBUF_CLOSED', () => group.consume())
    await rings[0]!.forEach(() => undefined, { signal: AbortSignal.abort() })
    expect(kernel.mappings).toBe(4)
  })

  it('is closed with any of its rings, and ends its reading', async () => {
    const { kernel, rings, group } = open(2)
    const reading = group.forEach()
    await nextTurn()
    rings[1]!.close()
    await reading
    expect(group.closed).toBe(true)
    expect(kernel.watching).toBe(0)
    expect(kernel.mappings).toBe(2)
  })

  it('touches no memory of a ring that one of its functions closes', () => {
    const { kernel, rings } = openRings(2)
    const group = new RingBufferGroup(
      rings.map((ring) => ({
        ring,
        read: () => {
          for (const each of rings) each.close()
        },
      })),
    )
    for (const producer of kernel.producers) for (const value of [1, 2]) producer.outputU32(value)
    expect(group.consume()).toBe(1)
    expect(kernel.mappings).toBe(0)
  })

  it('throws what one of its functions throws, and goes on behind that record', () => {
    const { kernel, rings } = openRings(1)
    const group = new RingBufferGroup([
      {
        ring: rings[0]!,
        read: (record) => {
          if (record.u32(0) === 1) throw new Error('one')
        },
      },
    ])
    for (const value of [1, 2]) kernel.producers[0]!.outputU32(value)
    expect(() => group.consume()).toThrow('one')
    expect(group.consume()).toBe(1)
    group.close()
  })

  it('takes all rings or none', async () => {
    const { rings } = openRings(3)
    const [one, two, closed] = rings
    closed!.close()
    const read = (): number => 0
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => new RingBufferGroup([]))
    bpfErrorOf(
      'RINGBUF_IN_USE',
      () =>
        new RingBufferGroup([
          { ring: one!, read },
          { ring: one!, read },
        ]),
    )
    bpfErrorOf(
      'RINGBUF_CLOSED',
      () =>
        new RingBufferGroup([
          { ring: two!, read },
          { ring: closed!, read },
        ]),
    )
    for (const ring of [one!, two!]) await ring.forEach(() => undefined, { signal: AbortSignal.abort() })
  })
})
