import { describe, expect, it } from 'vitest'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { BpfMap } from '../../src/maps/bpf_map.ts'
import { mapKinds } from '../../src/maps/map_kind.ts'
import { MapViews } from '../../src/maps/map_views.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { fakeMap, FakeMapKernel, key } from './fake_map_kernel.ts'

const names = [
  ...['hash', 'perCpuHash', 'lpmTrie', 'array', 'perCpuArray', 'queue', 'bloomFilter', 'arrayOfMaps'],
  ...['hashOfMaps', 'progArray', 'descriptorArray', 'socketArray', 'socketHash', 'devices', 'cpus'],
  ...['taskStorage', 'inodeStorage', 'cgroupStorage', 'socketStorage', 'stackTraces', 'opaque'],
] as const

describe('handles by kind', () => {
  it.each(mapKinds())('are one for a %s, and an error for the others', (kind) => {
    const map = fakeMap(new FakeMapKernel(), kind)
    const there = names.filter((name) => {
      try {
        ;(map.as[name] as () => unknown).call(map.as)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'MAP_WRONG_TYPE', map: 'counts' })
        return false
      }
    })
    expect(there).toHaveLength(1)
  })

  it('say what the map is and what it was taken for', () => {
    const { message } = bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'ringbuf').as.hash())
    expect(message).toBe('map counts is of kind ringbuf, and was to be used as a hash')
  })
})

describe('types of keys and values', () => {
  const { btf, ids } = built((builder) => {
    const { u32, u64 } = addBasics(builder)
    return { u32, u64, point: builder.addStruct('point', 8, [{ name: 'x', type: u32, bitOffset: 0 }]) }
  })

  function typed(
    kernel: FakeMapKernel,
    changes: { keyType?: typeof ids.u32; valueType?: typeof ids.u32 },
  ): BpfMap {
    const { attributes } = fakeMap(kernel)
    const descriptor = new FileDescriptor(kernel, kernel.allocate('map'), 'map counts')
    return new BpfMap(kernel, descriptor, { ...attributes, ...changes }, () => btf)
  }

  it('are those of BTF', () => {
    const kernel = new FakeMapKernel()
    using map = typed(kernel, { keyType: ids.u32, valueType: ids.u64 }).as.hash<number, bigint>()
    map.update(7, 5n)
    expect(kernel.get(key(7))).toEqual(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0))
    expect([...map]).toEqual([[7, 5n]])
    const { message } = bpfErrorOf('BTF_BAD_VALUE', () => map.lookup(-1))
    expect(message).toMatch(/^key takes an integer from 0/)
  })

  it('are bytes where the map says none', () => {
    const kernel = new FakeMapKernel()
    using map = typed(kernel, { keyType: ids.u32 }).as.hash<number, Uint8Array>()
    map.update(7, new Uint8Array(8))
    expect(map.lookup(7)).toEqual(new Uint8Array(8))
  })

  it('are refused where they have another size than the map', () => {
    const { message } = bpfErrorOf('MAP_BAD_SIZE', () =>
      typed(new FakeMapKernel(), { keyType: ids.u64 }).as.hash(),
    )
    expect(message).toBe('map counts has keys of 4 bytes, and its BTF a type of 8 for them')
  })

  it('are asked for only with a handle that has some', () => {
    const map = fakeMap(new FakeMapKernel(), 'prog_array')
    new MapViews(map, () => expect.fail('the types were read')).progArray()
  })
})
