import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import type { UserRecord } from '../../src/ringbuf/user_record.ts'
import { UserRing } from '../../src/ringbuf/user_ring.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { UserConsumer } from './user_consumer.ts'

function open(position = 0n): { readonly consumer: UserConsumer; readonly ring: UserRing } {
  const consumer = new UserConsumer({ position })
  return { consumer, ring: new UserRing(consumer.memory, 'commands') }
}

describe('UserRing', () => {
  it('shows the kernel a record once it is submitted', () => {
    const { consumer, ring } = open()
    expect(consumer.take()).toBe('empty')
    const record = ring.reserve(4)!
    expect(consumer.take()).toBe('busy')
    record.setU32(0, 0x01020304)
    record.submit()
    expect(consumer.take()).toEqual(Uint8Array.of(4, 3, 2, 1))
    expect(consumer.take()).toBe('empty')
    expect(ring.counts).toEqual({ submitted: 1, discarded: 0 })
  })

  it('has the kernel skip what is discarded, and wait for what is not finished', () => {
    const { consumer, ring } = open()
    const [one, two, three] = [ring.reserve(1)!, ring.reserve(1)!, ring.reserve(1)!]
    two.submit()
    three.setU8(0, 3)
    three.submit()
    expect(consumer.take()).toBe('busy')
    one.discard()
    expect(consumer.take()).toBe('discarded')
    expect(consumer.take()).toHaveLength(1)
    expect(consumer.take()).toEqual(Uint8Array.of(3))
  })

  it('has no space where the kernel has not consumed, down to the last byte', () => {
    const { consumer, ring } = open()
    expect(ring.mostBytes).toBe(4088)
    ring.reserve(4088)!.submit()
    expect(ring.used).toBe(4096)
    expect(ring.reserve(0)).toBeUndefined()
    expect(consumer.take()).toHaveLength(4088)
    expect(ring.reserve(0)).toBeDefined()
  })

  it('discards what is left open', () => {
    const { consumer, ring } = open()
    const record = ring.reserve(8)!
    ring.discardOpen()
    expect(consumer.take()).toBe('discarded')
    bpfErrorOf('RINGBUF_STALE_RECORD', () => {
      record.setU8(0, 1)
    })
  })

  it.each([-1, 0.5, NaN, 4089, 2 ** 31])('refuses a record of %d bytes', (length) => {
    const { consumer, ring } = open()
    bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => ring.reserve(length))
    expect(consumer.used).toBe(0)
  })

  it('refuses memory that no ring buffer has, and positions that contradict themselves', () => {
    const { consumer, ring } = open()
    const { memory } = consumer
    for (const size of [0, 4, 4097, 8192]) {
      bpfErrorOf('RINGBUF_BAD_ARGUMENT', () => new UserRing({ ...memory, size }))
    }
    for (const position of [1n, 8n, 2n ** 64n - 8192n]) {
      consumer.consumerPosition = position
      bpfErrorOf('RINGBUF_CORRUPT', () => ring.reserve(8))
      expect(consumer.producerPosition).toBe(0n)
    }
  })

  it('hands every record over once, in order, whatever happens', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('reserve' as const),
          bytes: fc.uint8Array({ maxLength: 700 }),
        }),
      },
      fc.record({ kind: fc.constantFrom('submit' as const, 'discard' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('take' as const) }),
    )
    const positions = fc.constantFrom(0n, 2n ** 32n - 512n, 2n ** 64n - 512n)
    let taken = 0
    fc.assert(
      fc.property(positions, fc.array(step, { maxLength: 150, size: 'max' }), (position, steps) => {
        const { consumer, ring } = open(position)
        const queue: { record: UserRecord; bytes: Uint8Array; state: 'busy' | 'submit' | 'discard' }[] = []
        for (const action of steps) {
          if (action.kind === 'reserve') {
            const record = ring.reserve(action.bytes.length)
            const space = Math.ceil((action.bytes.length + 8) / 8) * 8
            expect(record === undefined).toBe(space > 4096 - consumer.used)
            if (record !== undefined) queue.push({ record, bytes: action.bytes, state: 'busy' })
          } else if (action.kind === 'take') {
            const first = queue[0]
            const found = consumer.take()
            if (first === undefined) expect(found).toBe('empty')
            else if (first.state === 'busy') expect(found).toBe('busy')
            else {
              expect(found).toEqual(first.state === 'discard' ? 'discarded' : first.bytes)
              queue.shift()
              taken++
            }
          } else {
            const busy = queue.filter(({ state }) => state === 'busy')
            const chosen = busy[action.pick % busy.length]
            if (chosen === undefined) continue
            chosen.record.setBytes(0, chosen.bytes)
            chosen.record[action.kind]()
            chosen.state = action.kind
          }
          expect(ring.used).toBe(consumer.used)
        }
      }),
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('ends with a result or a BpfError, whatever the positions are', () => {
    const position = fc.bigInt(0n, 2n ** 64n - 1n)
    fc.assert(
      fc.property(position, position, fc.nat(5000), (consumed, produced, length) => {
        const { consumer, ring } = open(produced)
        consumer.consumerPosition = consumed
        try {
          ring.reserve(length)?.submit()
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError)
        }
      }),
    )
  })
})
