import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { Ring } from '../../src/ringbuf/ring.ts'
import { RingProducer, type Reservation } from './ring_producer.ts'

/** What a record should turn out to be. */
interface ModelRecord {
  readonly bytes: Uint8Array
  readonly reservation: Reservation
  state: 'busy' | 'committed' | 'discarded'
}

type Action =
  | { readonly kind: 'reserve'; readonly bytes: Uint8Array }
  | { readonly kind: 'commit' | 'discard'; readonly pick: number }
  | { readonly kind: 'drain'; readonly limit: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), bytes: fc.uint8Array({ maxLength: 700 }) }),
  fc.record({ kind: fc.constantFrom('commit' as const, 'discard' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('drain' as const), limit: fc.constantFrom(0, 1, 3, Infinity) }),
)

/** A queue in plain JavaScript, driven side by side with the ring. */
class Model {
  readonly producer: RingProducer
  readonly ring: Ring
  queue: ModelRecord[] = []
  /** How many records came out of the ring. */
  visited = 0

  constructor(position: bigint) {
    this.producer = new RingProducer({ position })
    this.ring = new Ring(this.producer.memory)
  }

  apply(step: Action): void {
    switch (step.kind) {
      case 'reserve':
        this.#reserve(step.bytes)
        return
      case 'commit':
      case 'discard':
        this.#finish(step.kind, step.pick)
        return
      case 'drain':
        this.#drain(step.limit)
    }
  }

  #reserve(bytes: Uint8Array): void {
    const reservation = this.producer.reserve(bytes.length)
    if (reservation !== undefined) this.queue.push({ bytes, reservation, state: 'busy' })
  }

  #finish(kind: 'commit' | 'discard', pick: number): void {
    const busy = this.queue.filter(({ state }) => state === 'busy')
    const record = busy[pick % busy.length]
    if (record === undefined) return
    this.producer.write(record.reservation, record.bytes)
    this.producer[kind](record.reservation)
    record.state = kind === 'commit' ? 'committed' : 'discarded'
  }

  #drain(limit: number): void {
    const expected: Uint8Array[] = []
    let consumed = 0
    for (const { bytes, state } of this.queue) {
      if (state === 'busy' || expected.length >= limit) break
      if (state === 'committed') expected.push(bytes)
      consumed++
    }
    const seen: Uint8Array[] = []
    this.ring.drain((record) => seen.push(record.bytes()), limit)
    expect(seen).toEqual(expected)
    this.visited += seen.length
    this.queue = this.queue.slice(consumed)
    const left = this.queue.reduce((sum, { bytes }) => sum + Math.ceil((bytes.length + 8) / 8) * 8, 0)
    expect(this.ring.available).toBe(left)
  }
}

describe('Ring, whatever happens', () => {
  it('hands every committed record over once, in order, as a queue would', () => {
    const positions = fc.constantFrom(0n, 8n, 2n ** 32n - 512n, 2n ** 53n - 512n, 2n ** 64n - 512n)
    let visited = 0
    fc.assert(
      fc.property(positions, fc.array(action, { maxLength: 120, size: 'max' }), (position, actions) => {
        const model = new Model(position)
        for (const step of actions) model.apply(step)
        model.apply({ kind: 'drain', limit: Infinity })
        visited += model.visited
      }),
    )
    expect(visited).toBeGreaterThan(100)
  })

  it('ends with a result or a BpfError over any memory', () => {
    const shortLength = fc.nat(100)
    const discarded = shortLength.map((length) => (0x4000_0000 | length) >>> 0)
    const word = fc.oneof({ weight: 6, arbitrary: shortLength }, discarded, fc.nat(0xffff_ffff))
    const words = fc.array(word, { minLength: 16, maxLength: 16 })
    let visited = 0
    let refused = 0
    fc.assert(
      fc.property(
        words,
        fc.bigInt(0n, 1024n),
        fc.bigInt(0n, 600n),
        (pattern, consumerWords, distanceWords) => {
          const consumer = consumerWords * 8n
          const distance = distanceWords * 8n
          const producer = new RingProducer({ position: consumer })
          const data = new Uint32Array(producer.memory.producer, producer.memory.dataOffset)
          for (let start = 0; start < data.length; start += pattern.length) data.set(pattern, start)
          producer.producerPosition = consumer + distance
          const ring = new Ring(producer.memory)
          try {
            ring.drain((record) => record.bytes(), Infinity)
          } catch (error) {
            expect(error).toBeInstanceOf(BpfError)
            refused++
          }
          visited += ring.counts.records
          expect(ring.counts.records).toBeLessThanOrEqual(512)
          expect(producer.consumerPosition).toBeLessThanOrEqual(consumer + distance)
        },
      ),
    )
    expect(visited).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(0)
  })
})
