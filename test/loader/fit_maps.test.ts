import { describe, expect, it } from 'vitest'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { fitMaps, ringSize } from '../../src/loader/fit_maps.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import type { RelocatedMap } from '../../src/relocate/relocated_object.ts'
import type { MapDescription } from '../object/object_writer.ts'
import { smallSpec } from './small_object.ts'

function fitted(map: Omit<MapDescription, 'name'>): RelocatedMap {
  const spec = smallSpec({ maps: [{ name: 'map', ...map }], programs: [{}] })
  const targetBtf = (): never => expect.fail('no type is asked for')
  const machine = { pageSize: 4096, possibleCpus: () => 6 }
  return fitMaps(relocateObject(spec, { targetBtf }), machine).maps[0]!
}

describe('ringSize', () => {
  it.each([
    [0, 0],
    [1, 4096],
    [4096, 4096],
    [4097, 8192],
    [3 * 4096, 4 * 4096],
    [100_000, 131_072],
    [0x8000_0000, 0x8000_0000],
    [0x8000_0001, 0x8000_0001],
    [0xffff_ffff, 0xffff_ffff],
  ])('makes %i bytes %i', (bytes, size) => {
    expect(ringSize(bytes, 4096)).toBe(size)
  })

  it('counts in the pages of the machine', () => {
    expect(ringSize(1, 65_536)).toBe(65_536)
    expect(ringSize(65_537, 65_536)).toBe(131_072)
  })
})

describe('fitMaps', () => {
  it.each(['BPF_MAP_TYPE_RINGBUF', 'BPF_MAP_TYPE_USER_RINGBUF'] as const)(
    'gives a %s a size that the kernel takes, and keeps the type of its records',
    (name) => {
      const map = fitted({
        uints: { type: bpf_map_type[name], max_entries: 5000 },
        types: { value: 'record' },
      })
      expect(map).toMatchObject({ maxEntries: 8192, keySize: 0, valueSize: 0 })
      expect(map.valueType).toBeGreaterThan(0)
    },
  )

  it.each(['BPF_MAP_TYPE_PERF_EVENT_ARRAY', 'BPF_MAP_TYPE_CPUMAP'] as const)(
    'gives a %s an entry for every cpu where it says no number, and leaves a number alone',
    (name) => {
      const type = bpf_map_type[name]
      expect(fitted({ uints: { type } }).maxEntries).toBe(6)
      expect(fitted({ uints: { type, max_entries: 64 } }).maxEntries).toBe(64)
    },
  )

  it('leaves other maps alone', () => {
    expect(fitted({ uints: { type: 1 }, types: { key: 'u32' } })).toMatchObject({ maxEntries: 0, keySize: 4 })
  })

  it('fits the maps of maps of maps too', () => {
    const values = { uints: { type: bpf_map_type.BPF_MAP_TYPE_RINGBUF, max_entries: 1 } }
    const map = fitted({ uints: { type: bpf_map_type.BPF_MAP_TYPE_ARRAY_OF_MAPS, max_entries: 1 }, values })
    expect(map.innerMap?.maxEntries).toBe(4096)
  })
})
