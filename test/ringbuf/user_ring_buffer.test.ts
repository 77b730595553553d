import { getEventListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import type { Mapping, MmapRequest, PollHandle, PollInterest } from '../../src/kernel/kernel.ts'
import { UserRingBuffer } from '../../src/ringbuf/user_ring_buffer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { UserConsumer } from './user_consumer.ts'

/** A kernel with one user ring buffer, which says when it has drained some of it. */
class FakeUserKernel extends FakeKernel {
  readonly consumer = new UserConsumer()
  readonly protections: number[] = []
  interest: PollInterest | undefined
  onReady: (() => void) | undefined

  override mmap(
    _fd: number,
    request: Pick<MmapRequest, 'length' | 'visible' | 'offset' | 'protection'>,
  ): Mapping {
    this.mappings++
    this.protections.push(request.protection)
    const { consumer, producer } = this.consumer.memory
    const unmap = (): void => {
      this.mappings--
    }
    return { buffer: request.offset === 0 ? consumer : producer, unmap, [Symbol.dispose]: unmap }
  }

  override poll(_: readonly number[], onReady: () => void, interest?: PollInterest): PollHandle {
    this.onReady = onReady
    this.interest = interest
    const close = (): void => {
      this.onReady = undefined
    }
    return { close, ref: () => undefined, unref: () => undefined, [Symbol.dispose]: close }
  }

  /** What a program does. */
  drain(count: number): void {
    for (let index = 0; index < count; index++) this.consumer.take()
    this.onReady?.()
  }
}

function open(): { readonly kernel: FakeUserKernel; readonly ring: UserRingBuffer } {
  const kernel = new FakeUserKernel()
  return { kernel, ring: UserRingBuffer.open(kernel, { mapFd: fdNumber(9), size: 4096, name: 'commands' }) }
}

const half = new Uint8Array(2040)

describe('UserRingBuffer', () => {
  it('maps what it may write, and no more', () => {
    const { kernel, ring } = open()
    expect(kernel.protections).toEqual([1, 3])
    ring.close()
    ring.close()
    expect(kernel.mappings).toBe(0)
  })

  it('writes records, and says where there is no space', () => {
    const { kernel, ring } = open()
    expect(ring.output(Uint8Array.of(1, 2, 3))).toBe(true)
    expect(ring.output(half)).toBe(true)
    expect(ring.output(half)).toBe(false)
    expect(ring.statistics).toEqual({
      submitted: 2,
      discarded: 0,
      full: 1,
      used: 2064,
      size: 4096,
      wakeups: 0,
    })
    expect(kernel.consumer.take()).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('waits for space, in the order of the calls, and watches only meanwhile', async () => {
    const { kernel, ring } = open()
    ring.output(half)
    ring.output(half)
    const done: string[] = []
    const large = ring.outputAsync(new Uint8Array(3000)).then(() => done.push('large'))
    const small = ring.outputAsync(Uint8Array.of(1)).then(() => done.push('small'))
    await nextTurn()
    expect(kernel.interest).toBe('writable')
    kernel.drain(1)
    await nextTurn()
    // There is space for the small one, but the large one came first.
    expect(done).toEqual([])
    expect(ring.reserve(1)).toBeUndefined()
    kernel.drain(1)
    await Promise.all([large, small])
    expect(done).toEqual(['large', 'small'])
    expect(kernel.onReady).toBeUndefined()
    expect(ring.statistics.wakeups).toBe(2)
  })

  it('needs no wait where there is space', async () => {
    const { kernel, ring } = open()
    const record = await ring.reserveAsync(4, { timeout: 0 })
    record.discard()
    expect(kernel.interest).toBeUndefined()
    expect(ring.statistics.discarded).toBe(1)
  })

  it('gives up after the timeout, and lets those behind have their turn', async () => {
    const { kernel, ring } = open()
    ring.output(half)
    ring.output(new Uint8Array(1000))
    const large = ring.reserveAsync(3000, { timeout: 5 })
    const small = ring.outputAsync(Uint8Array.of(1))
    await expect(large).rejects.toMatchObject({ code: 'RINGBUF_TIMEOUT', map: 'commands' })
    await small
    expect(kernel.onReady).toBeUndefined()
  })

  it('gives up where the signal says so, before or meanwhile', async () => {
    const { kernel, ring } = open()
    const controller = new AbortController()
    const { signal } = controller
    await expect(ring.reserveAsync(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RINGBUF_ABORTED',
    })
    ring.output(new Uint8Array(4088))
    const wait = ring.reserveAsync(1, { signal })
    controller.abort('enough')
    await expect(wait).rejects.toMatchObject({ code: 'RINGBUF_ABORTED', cause: 'enough' })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(kernel.onReady).toBeUndefined()
  })

  it('ends every wait and discards what is reserved when it is closed', async () => {
    const { kernel, ring } = open()
    const record = ring.reserve(4000)!
    const waits = [ring.reserveAsync(1000), ring.outputAsync(half)]
    ring.close()
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'RINGBUF_CLOSED' })
    expect(kernel.consumer.take()).toBe('discarded')
    bpfErrorOf('RINGBUF_STALE_RECORD', () => {
      record.submit()
    })
    bpfErrorOf('RINGBUF_CLOSED', () => ring.reserve(1))
    await expect(ring.reserveAsync(1)).rejects.toMatchObject({ code: 'RINGBUF_CLOSED' })
    expect(ring.statistics.used).toBe(0)
    expect(kernel.onReady).toBeUndefined()
  })

  it('says at once what never fits, and what is no timeout', async () => {
    const { ring } = open()
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => ring.output(new Uint8Array(4089)))
    await expect(ring.reserveAsync(4089)).rejects.toMatchObject({ code: 'RINGBUF_BAD_ARGUMENT' })
    for (const timeout of [-1, NaN, 2 ** 31]) {
      await expect(ring.reserveAsync(1, { timeout })).rejects.toMatchObject({ code: 'RINGBUF_BAD_ARGUMENT' })
    }
  })
})
