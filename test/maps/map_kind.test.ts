import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import {
  copiedValueSize,
  isIndexed,
  isPerCpu,
  mapKindFacts,
  mapKindOf,
  mapKinds,
} from '../../src/maps/map_kind.ts'

const noCpus = (): number => expect.fail('the cpus were counted')

describe('the kinds of maps', () => {
  it('are named as the kernel names its types, and are all that it has', () => {
    const names = new Map<number, string>()
    for (const [name, type] of Object.entries(bpf_map_type)) {
      if (type !== 0 && !name.endsWith('_DEPRECATED')) names.set(type, name)
    }
    const expected = [...names.values()].map((name) => name.replace('BPF_MAP_TYPE_', '').toLowerCase())
    expect([...mapKinds()].sort()).toEqual(expected.sort())
    for (const [type, name] of names) expect(`BPF_MAP_TYPE_${mapKindOf(type).toUpperCase()}`).toBe(name)
  })

  it('are unknown where a newer kernel has more', () => {
    expect(mapKindOf(9999)).toBe('unknown')
  })

  it('have entries that can be looked up, with few exceptions', () => {
    const without = mapKinds().filter((kind) => !mapKindFacts(kind).operations.includes('lookup'))
    expect(without).toEqual([
      'perf_event_array',
      'cgroup_array',
      'xskmap',
      'ringbuf',
      'user_ringbuf',
      'arena',
    ])
  })

  it('are copied as they are, per cpu with padding, and as 4 bytes where they stand for descriptors', () => {
    expect(copiedValueSize('hash', 5, noCpus)).toBe(5)
    expect(copiedValueSize('percpu_hash', 5, () => 3)).toBe(24)
    expect(copiedValueSize('hash_of_maps', 8, noCpus)).toBe(4)
    expect(copiedValueSize('unknown', 8, noCpus)).toBe(8)
    expect(mapKinds().filter(isPerCpu)).toHaveLength(4)
  })

  it('have indices for keys, or not', () => {
    expect(isIndexed('percpu_array')).toBe(true)
    expect(isIndexed('devmap_hash')).toBe(false)
    expect(isIndexed('unknown')).toBe(false)
  })
})
