import { describe, expect, it } from 'vitest'
import { Ring } from '../../src/ringbuf/ring.ts'
import { RingSet } from '../../src/ringbuf/ring_set.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { RingProducer } from './ring_producer.ts'

interface OpenSet {
  readonly producers: readonly RingProducer[]
  readonly set: RingSet
}

function open(count: number): OpenSet {
  const producers = Array.from({ length: count }, () => new RingProducer())
  return {
    producers,
    set: new RingSet(
      producers.map(({ memory }) => new Ring(memory)),
      'perf buffer',
      'events',
    ),
  }
}

function drainU32(set: RingSet, limit = Infinity): number[] {
  const values: number[] = []
  set.drain((record) => values.push(record.u32(0)), limit)
  return values
}

describe('RingSet', () => {
  it('is ready where one of its rings is', () => {
    const { producers, set } = open(3)
    expect(set.ready).toBe(false)
    producers[2]!.outputU32(1)
    expect(set.ready).toBe(true)
    expect(drainU32(set)).toEqual([1])
    expect(set.ready).toBe(false)
    expect(drainU32(new RingSet([], 'perf buffer'))).toEqual([])
  })

  it('drains each ring once, however fast their producers are', () => {
    const { producers, set } = open(2)
    for (const producer of producers) producer.outputU32(0)
    const visited = set.drain(() => {
      for (const producer of producers) producer.outputU32(1)
    }, Infinity)
    // The second ring has its own record and those that came while the first was drained.
    expect(visited).toBeLessThanOrEqual(4)
    expect(set.ready).toBe(true)
  })

  it('gives every ring its turn, although the first is filled faster than it is read', () => {
    const { producers, set } = open(2)
    const [fast, slow] = producers
    for (const value of [1, 1, 1]) fast!.outputU32(value)
    slow!.outputU32(2)
    const seen: number[] = []
    for (let taken = 0; taken < 6; taken++) {
      seen.push(...drainU32(set, 1))
      fast!.outputU32(1)
    }
    expect(seen).toContain(2)
    // What was there when the turn was cut short first is read before the turn goes on.
    expect(seen.indexOf(2)).toBe(3)
  })

  it('takes turns within one limit', () => {
    const { producers, set } = open(3)
    producers.forEach((producer, index) => {
      for (const value of [1, 2]) producer.outputU32(10 * index + value)
    })
    expect(drainU32(set, 3)).toEqual([1, 2, 11])
    expect(drainU32(set, 2)).toEqual([12, 21])
    expect(drainU32(set)).toEqual([22])
  })

  it('remembers with mark() what was in all of them', () => {
    const { producers, set } = open(2)
    for (const producer of producers) producer.outputU32(1)
    const isConsumed = set.mark()
    drainU32(set, 1)
    expect(isConsumed()).toBe(false)
    producers[0]!.outputU32(2)
    drainU32(set, 1)
    expect(isConsumed()).toBe(true)
  })

  it('is not drained from within a visitor, and goes on after one that throws', () => {
    const { producers, set } = open(2)
    for (const producer of producers) producer.outputU32(1)
    const error = bpfErrorOf('RINGBUF_IN_USE', () => set.drain(() => drainU32(set), Infinity))
    expect(error.message).toContain('cannot drain the perf buffer from within its own callback')
    expect(set.draining).toBe(false)
    expect(drainU32(set)).toEqual([1])
  })

  it('ends with the record at which it is interrupted', () => {
    const { producers, set } = open(2)
    for (const producer of producers) producer.outputU32(1)
    const stop = (): void => {
      expect(set.draining).toBe(true)
      set.interrupt()
    }
    expect(set.drain(stop, Infinity)).toBe(1)
    expect(set.drain(stop, Infinity)).toBe(1)
  })
})
