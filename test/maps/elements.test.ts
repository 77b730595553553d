import { describe, expect, it } from 'vitest'
import { Elements } from '../../src/maps/elements.ts'
import { bytesCodec, indexCodec } from '../../src/maps/map_codec.ts'
import type { MapKind } from '../../src/maps/map_kind.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { EINVAL, ENOTSUPP, fakeMap, FakeMapKernel, key, value } from './fake_map_kernel.ts'

function open(kernel: FakeMapKernel, kind: MapKind = 'hash'): Elements<number, Uint8Array> {
  const { access } = fakeMap(kernel, kind)
  return new Elements(access, indexCodec('counts'), bytesCodec(8, { what: 'value', map: 'counts' }))
}

const COUNT = 300

function filled(): FakeMapKernel {
  const kernel = new FakeMapKernel()
  for (let each = 0; each < COUNT; each++) kernel.put(key(each), value(each % 256))
  return kernel
}

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((left, right) => left - right)
const all = Array.from({ length: COUNT }, (_, index) => index)

describe.each(['hash', 'lpm_trie'] as const)('the entries of a %s', (kind) => {
  it('are looked up, stored and deleted by typed keys', () => {
    const elements = open(new FakeMapKernel(), kind)
    expect(elements.lookup(7)).toBeUndefined()
    elements.update(7, value(1))
    expect(elements.lookup(7)).toEqual(value(1))
    expect(elements.delete(7)).toBe(true)
    expect(elements.delete(7)).toBe(false)
  })

  it('come all, once each', () => {
    const elements = open(filled(), kind)
    expect(ascending(elements.keys())).toEqual(all)
    const entries = new Map(elements.entries())
    expect(ascending(entries.keys())).toEqual(all)
    expect(entries.get(299)).toEqual(value(299 % 256))
  })

  it('come all that stay, while others are deleted and added in the loop', () => {
    const kernel = filled()
    const elements = open(kernel, kind)
    const seen: number[] = []
    for (const each of elements.keys()) {
      seen.push(each)
      elements.delete(each)
      elements.delete(each + 1 + (each % 2))
      if (seen.length < COUNT) elements.update(1000 + each, value(0))
      if (seen.length > 5 * COUNT) expect.fail('the walk does not end')
    }
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('are all taken out', () => {
    const kernel = filled()
    const elements = open(kernel, kind)
    expect(ascending([...elements.takeAll()].map(([each]) => each))).toEqual(all)
    expect(kernel.entries.size).toBe(0)
  })

  it('are stored and deleted by the hundred', () => {
    const kernel = new FakeMapKernel()
    const elements = open(kernel, kind)
    elements.updateMany(all.map((each) => [each, value(each % 256)] as const))
    expect(kernel.entries.size).toBe(COUNT)
    expect(elements.deleteMany([5, 5000, 6])).toBe(2)
    expect(elements.deleteMany([])).toBe(0)
    elements.updateMany([])
    expect(kernel.entries.size).toBe(COUNT - 2)
  })
})

describe('a hash', () => {
  it('is read with few calls', () => {
    const kernel = filled()
    expect([...open(kernel).keys()]).toHaveLength(COUNT)
    expect(kernel.calls.length).toBeLessThan(5)
  })

  it('is stored in as many batches as there have to be', () => {
    const kernel = new FakeMapKernel()
    kernel.maxEntries = 10_000
    const many = Array.from({ length: 10_000 }, (_, index) => [index, value(0)] as const)
    open(kernel).updateMany(many)
    expect(kernel.entries.size).toBe(10_000)
    expect(kernel.calls.length).toBeLessThan(5)
    expect(open(kernel).deleteMany(many.map(([each]) => each))).toBe(10_000)
  })
})

describe('refusals', () => {
  it.each([
    ['BPF_MAP_LOOKUP_ELEM', (elements: Elements<number, Uint8Array>) => elements.lookup(1)],
    [
      'BPF_MAP_UPDATE_ELEM',
      (elements: Elements<number, Uint8Array>) => {
        elements.update(1, value(1))
      },
    ],
    ['BPF_MAP_DELETE_ELEM', (elements: Elements<number, Uint8Array>) => elements.delete(1)],
    ['BPF_MAP_LOOKUP_AND_DELETE_ELEM', (elements: Elements<number, Uint8Array>) => elements.take(1)],
    ['BPF_MAP_LOOKUP_BATCH', (elements: Elements<number, Uint8Array>) => [...elements.keys()]],
  ] as const)('of %s are errors that say so, and leave the calls usable', (command, use) => {
    const kernel = new FakeMapKernel()
    const elements = open(kernel)
    kernel.refusals.set(command, EINVAL)
    expect(bpfErrorOf('MAP_REFUSED', () => use(elements)).message).toContain(command)
    kernel.refusals.clear()
    use(elements)
  })

  it('of batches altogether cost calls, and nothing else', () => {
    const kernel = filled()
    for (const command of ['BPF_MAP_LOOKUP_BATCH', 'BPF_MAP_UPDATE_BATCH', 'BPF_MAP_DELETE_BATCH'] as const)
      kernel.refusals.set(command, ENOTSUPP)
    const elements = open(kernel)
    expect(new Map(elements.entries()).size).toBe(COUNT)
    elements.updateMany([[900, value(1)]])
    expect(elements.deleteMany([900, 901])).toBe(1)
  })

  it('of keys and values come before the kernel is asked', () => {
    const kernel = new FakeMapKernel()
    const elements = open(kernel)
    bpfErrorOf('MAP_BAD_SIZE', () => elements.lookup(-1))
    bpfErrorOf('MAP_BAD_SIZE', () => {
      elements.update(1, new Uint8Array(3))
    })
    bpfErrorOf('MAP_BAD_SIZE', () => {
      elements.updateMany([[1, new Uint8Array(3)]])
    })
    expect(kernel.calls).toEqual([])
  })
})
