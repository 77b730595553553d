import { describe, expect, it } from 'vitest'
import type { MapBatch } from '../../src/maps/map_batch.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { E2BIG, EINVAL, ENOTSUPP, fakeMap, FakeMapKernel, key, value } from './fake_map_kernel.ts'

function filled(count: number): FakeMapKernel {
  const kernel = new FakeMapKernel()
  for (let each = 0; each < count; each++) kernel.put(key(each), value(each))
  return kernel
}

function put(batch: MapBatch, ...numbers: number[]): void {
  for (const [index, number] of numbers.entries()) {
    batch.keys.set(key(number), index * 4)
    batch.values.set(value(number), index * 8)
  }
}

function readAll(batch: MapBatch, how: 'next' | 'takeNext' = 'next'): number[] {
  const numbers: number[] = []
  for (let count = batch[how](); count > 0; count = batch[how]()) {
    for (let index = 0; index < count; index++) {
      expect(batch.values[index * 8]).toBe(batch.keys[index * 4])
      numbers.push(batch.keys[index * 4] ?? -1)
    }
  }
  return numbers.sort((left, right) => left - right)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('a batch', () => {
  it('reads a map to its end, and again when it is rewound', () => {
    const kernel = filled(10)
    const batch = fakeMap(kernel).batch(3)
    expect(readAll(batch)).toEqual(upTo(10))
    expect(batch.next()).toBe(0)
    batch.rewind()
    expect(readAll(batch)).toEqual(upTo(10))
    expect(new Set(kernel.calls)).toEqual(new Set(['BPF_MAP_LOOKUP_BATCH']))
  })

  it('takes everything out of a map', () => {
    const kernel = filled(10)
    expect(readAll(fakeMap(kernel).batch(3), 'takeNext')).toEqual(upTo(10))
    expect(kernel.entries.size).toBe(0)
  })

  it('that is too small for a bucket says so, and a larger one goes on there', () => {
    const kernel = filled(10)
    const batch = fakeMap(kernel).batch(2)
    const { message } = bpfErrorOf('MAP_BATCH_TOO_SMALL', () => batch.next())
    expect(message).toContain('more than the 2 entries')
    expect(readAll(batch.larger())).toEqual(upTo(10))
  })

  it.each(['BPF_MAP_LOOKUP_BATCH', 'BPF_MAP_LOOKUP_AND_DELETE_BATCH'] as const)(
    'does without %s entry by entry',
    (command) => {
      const kernel = filled(10)
      kernel.refusals.set(command, ENOTSUPP)
      expect(
        readAll(fakeMap(kernel).batch(3), command === 'BPF_MAP_LOOKUP_BATCH' ? 'next' : 'takeNext'),
      ).toEqual(upTo(10))
      expect(kernel.calls.filter((call) => call === command)).toHaveLength(1)
      expect(kernel.entries.size).toBe(command === 'BPF_MAP_LOOKUP_BATCH' ? 10 : 0)
    },
  )

  it('never reads in batches what the kernel walks by key, and would lose entries of', () => {
    const kernel = filled(10)
    expect(readAll(fakeMap(kernel, 'lpm_trie').batch(3))).toEqual(upTo(10))
    expect(kernel.calls).not.toContain('BPF_MAP_LOOKUP_BATCH')
  })

  it('leaves out what was deleted between its key and its value', () => {
    const kernel = filled(4)
    kernel.before = (command) => {
      if (command === 'BPF_MAP_LOOKUP_ELEM') kernel.entries.delete(String.fromCharCode(1, 0, 0, 0))
    }
    expect(readAll(fakeMap(kernel, 'lpm_trie').batch(4))).toEqual([0, 2, 3])
  })

  it('stores entries with one call', () => {
    const kernel = new FakeMapKernel()
    const batch = fakeMap(kernel).batch(4)
    put(batch, 1, 2, 3)
    batch.update(3)
    expect(kernel.get(key(2))).toEqual(value(2))
    expect(kernel.entries.size).toBe(3)
    expect(kernel.calls).toEqual(['BPF_MAP_UPDATE_BATCH'])
  })

  it('stores them one by one where the mode is one that batches do not have', () => {
    const kernel = filled(2)
    const batch = fakeMap(kernel).batch(4)
    put(batch, 5, 1, 6)
    const { message } = bpfErrorOf('MAP_ENTRY_EXISTS', () => {
      batch.update(3, 'create')
    })
    expect(message).toContain('cannot update entry 2 of a batch of 3 in map counts')
    expect(kernel.calls).toEqual(['BPF_MAP_UPDATE_ELEM', 'BPF_MAP_UPDATE_ELEM'])
  })

  it('says at which entry it stopped', () => {
    const kernel = filled(2)
    kernel.maxEntries = 3
    const batch = fakeMap(kernel).batch(4)
    put(batch, 1, 7, 8, 9)
    const error = bpfErrorOf('MAP_FULL', () => {
      batch.update(4)
    })
    expect(error.message).toContain(
      'cannot update entry 3 of a batch of 4 in map counts: it is full, with 3 entries',
    )
    expect(kernel.entries.size).toBe(3)
  })

  it('knows that a call which was refused at once stored nothing', () => {
    const kernel = filled(0)
    kernel.refusals.set('BPF_MAP_UPDATE_BATCH', EINVAL)
    const batch = fakeMap(kernel).batch(4)
    const { message } = bpfErrorOf('MAP_REFUSED', () => {
      batch.update(4)
    })
    expect(message).toContain('entry 1 of a batch of 4')
  })

  it.each([{ refused: 'nothing' }, { refused: 'BPF_MAP_DELETE_BATCH' as const }])(
    'deletes entries and counts those that were there, with $refused refused',
    ({ refused }) => {
      const kernel = filled(6)
      if (refused !== 'nothing') kernel.refusals.set('BPF_MAP_DELETE_BATCH', ENOTSUPP)
      const batch = fakeMap(kernel).batch(8)
      put(batch, 0, 100, 1, 101, 102, 2)
      expect(batch.delete(6)).toBe(3)
      expect(kernel.entries.size).toBe(3)
    },
  )

  it('says which entry it could not delete', () => {
    const kernel = filled(6)
    kernel.before = (command) => {
      if (command === 'BPF_MAP_DELETE_BATCH' && kernel.entries.size === 5)
        kernel.refusals.set('BPF_MAP_DELETE_BATCH', E2BIG)
    }
    const batch = fakeMap(kernel).batch(8)
    put(batch, 0, 100, 1)
    const { message } = bpfErrorOf('MAP_FULL', () => batch.delete(3))
    expect(message).toContain('cannot delete entry 3 of a batch of 3')
  })

  it('is refused without room, and with more entries than it has room for', () => {
    const map = fakeMap(new FakeMapKernel())
    for (const capacity of [0, -1, 1.5, NaN]) bpfErrorOf('MAP_BAD_SIZE', () => map.batch(capacity))
    for (const count of [5, -1, 0.5]) {
      bpfErrorOf('MAP_BAD_SIZE', () => {
        map.batch(4).update(count)
      })
      bpfErrorOf('MAP_BAD_SIZE', () => map.batch(4).delete(count))
    }
  })

  it('has nothing to do with maps that have no entries, or keep them', () => {
    bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'ringbuf').batch(1).next())
    bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'array').batch(1).takeNext())
    bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'array').batch(1).delete(1))
    bpfErrorOf('MAP_WRONG_TYPE', () => {
      fakeMap(new FakeMapKernel(), 'stack_trace').batch(1).update(1)
    })
  })

  it('is closed with its map', () => {
    const map = fakeMap(filled(3))
    const batch = map.batch(4)
    expect(batch.next()).toBe(3)
    batch.rewind()
    map.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => batch.next())
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      batch.update(1)
    })
    bpfErrorOf('DESCRIPTOR_CLOSED', () => batch.delete(1))
  })
})
