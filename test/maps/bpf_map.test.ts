import { describe, expect, it } from 'vitest'
import { bpf_map_create_flags, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { byteOffset, sectionIndex, VOID } from '../../src/base/units.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { observedKernel } from '../../src/kernel/steps.ts'
import { BpfMap } from '../../src/maps/bpf_map.ts'
import type { MapAttributes } from '../../src/object/map_spec.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfTest } from '../kernel/require.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { EINVAL, ENOTSUPP, EPERM, FAKE_CPUS, fakeMap, FakeMapKernel } from './fake_map_kernel.ts'

const { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY } = bpf_map_type
const { BPF_F_RDONLY } = bpf_map_create_flags
const EBUSY = 16

function openMap(kernel: Kernel, type: number, changes: Partial<MapAttributes> = {}): BpfMap {
  const attributes: MapAttributes = {
    name: 'counts',
    type,
    keySize: 4,
    valueSize: 8,
    maxEntries: 3,
    flags: 0,
    numaNode: 0,
    mapExtra: 0n,
    keyType: VOID,
    valueType: VOID,
    origin: { kind: 'definition', section: sectionIndex(1), offset: byteOffset(0) },
    pinning: 'none',
    innerMap: undefined,
    initialSlots: [],
    autocreate: true,
    problem: undefined,
    structOps: undefined,
    ...changes,
  }
  const descriptor = createMap(kernel, {
    map_type: type,
    key_size: attributes.keySize,
    value_size: attributes.valueSize,
    max_entries: attributes.maxEntries,
    map_name: 'rawbpf_test',
  })
  return new BpfMap(kernel, descriptor, attributes)
}

const key = (value: number): Uint8Array => Uint8Array.of(value, 0, 0, 0)
const value = (first: number): Uint8Array => Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0)

describe('a hash in the kernel', () => {
  bpfTest('keeps what it is given until it is deleted', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_HASH)
    expect(map.lookup(key(1))).toBeUndefined()
    map.update(key(1), value(7))
    map.update(key(1), value(8))
    expect(map.lookup(key(1))).toEqual(value(8))
    expect(map.delete(key(1))).toBe(true)
    expect(map.delete(key(1))).toBe(false)
    expect(map.lookup(key(1))).toBeUndefined()
  })

  bpfTest('lists its keys, none where it is empty', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_HASH)
    expect([...map.keys()]).toEqual([])
    for (const each of [3, 1, 2]) map.update(key(each), value(each))
    expect([...map.keys()].map(([first]) => first).sort()).toEqual([1, 2, 3])
  })

  bpfTest('gives keys that are the own of whoever gets them', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_HASH)
    for (const each of [3, 1, 2]) map.update(key(each), value(each))
    let seen = 0
    for (const each of map.keys()) {
      each.fill(0xff)
      seen++
    }
    expect(seen).toBe(3)
  })

  bpfTest('minds whether an entry may, must not or must be there', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_HASH)
    bpfErrorOf('MAP_NO_ENTRY', () => {
      map.update(key(1), value(1), 'replace')
    })
    map.update(key(1), value(1), 'create')
    bpfErrorOf('MAP_ENTRY_EXISTS', () => {
      map.update(key(1), value(2), 'create')
    })
    map.update(key(1), value(3), 'replace')
    expect(map.lookup(key(1))).toEqual(value(3))
  })

  bpfTest('takes no more entries than it has room for', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_HASH)
    for (const each of [1, 2, 3]) map.update(key(each), value(each))
    bpfErrorOf('MAP_FULL', () => {
      map.update(key(4), value(4))
    })
  })
})

describe('an array in the kernel', () => {
  bpfTest('has all its entries from the start, and keeps them', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_ARRAY)
    expect([...map.keys()]).toEqual([key(0), key(1), key(2)])
    expect(map.lookup(key(2))).toEqual(value(0))
    map.update(key(2), value(9))
    expect(map.lookup(key(2))).toEqual(value(9))
    bpfErrorOf('MAP_WRONG_TYPE', () => map.delete(key(2)))
  })

  bpfTest('has none beyond its size', () => {
    using map = openMap(openKernel(), BPF_MAP_TYPE_ARRAY)
    expect(map.lookup(key(3))).toBeUndefined()
    bpfErrorOf('MAP_NO_ENTRY', () => {
      map.update(key(3), value(1))
    })
  })
})

describe('BpfMap', () => {
  it.each([
    {
      what: 'a key that is too short',
      use: (map: BpfMap) => map.lookup(new Uint8Array(3)),
      sizes: 'keys of 4 bytes; got one of 3',
    },
    {
      what: 'a key that is too long',
      use: (map: BpfMap) => map.delete(new Uint8Array(5)),
      sizes: 'keys of 4 bytes; got one of 5',
    },
    {
      what: 'a value that is too short',
      use: (map: BpfMap) => {
        map.update(key(1), new Uint8Array(7))
      },
      sizes: 'values of 8 bytes; got one of 7',
    },
  ])('refuses $what before the kernel could read beyond it', ({ use, sizes }) => {
    const kernel = new BpfKernel()
    using map = openMap(kernel, BPF_MAP_TYPE_HASH)
    kernel.onBpf = () => expect.fail('the kernel was asked')
    const error = bpfErrorOf('MAP_BAD_SIZE', () => {
      use(map)
    })
    expect(error.message).toBe(`map counts has ${sizes}`)
    expect(error.map).toBe('counts')
  })

  it('reads and writes the values of all cpus as one, of which the kernel copies all', () => {
    const kernel = new FakeMapKernel()
    using map = fakeMap(kernel, 'percpu_hash', { valueSize: 4 })
    const { message } = bpfErrorOf('MAP_BAD_SIZE', () => {
      map.update(key(0), new Uint8Array(4))
    })
    expect(message).toBe(`map counts has values of ${8 * FAKE_CPUS} bytes; got one of 4`)
    map.update(key(0), new Uint8Array(8 * FAKE_CPUS).fill(5))
    expect(map.lookup(key(0))).toEqual(new Uint8Array(8 * FAKE_CPUS).fill(5))
  })

  it('looks up into memory of the caller, which stays as it is where there is nothing', () => {
    const kernel = new FakeMapKernel()
    using map = fakeMap(kernel)
    const memory = value(1)
    expect(map.lookupInto(key(5), memory)).toBe(false)
    expect(memory).toEqual(value(1))
    map.update(key(5), value(9))
    expect(map.lookupInto(key(5), memory)).toBe(true)
    expect(memory).toEqual(value(9))
    bpfErrorOf('MAP_BAD_SIZE', () => map.lookupInto(key(5), new Uint8Array(7)))
    bpfErrorOf('MAP_BAD_SIZE', () => map.lookupInto(new Uint8Array(3), memory))
    kernel.refusals.set('BPF_MAP_LOOKUP_ELEM', EINVAL)
    bpfErrorOf('MAP_REFUSED', () => map.lookupInto(key(5), memory))
  })

  it('gives to an observer of its calls what the observer looks up, and to the caller what he did', () => {
    const fake = new FakeMapKernel()
    fake.put(key(1), value(1))
    fake.put(key(2), value(2))
    const seen: (Uint8Array | undefined)[] = []
    const kernel = observedKernel(fake, () => {
      if (seen.push(undefined) < 3) seen[seen.length - 1] = map.lookup(key(2))
    })
    const descriptor = new FileDescriptor(kernel, fake.allocate('map'), 'map counts')
    const map = new BpfMap(kernel, descriptor, fakeMap(fake).attributes)
    expect(map.lookup(key(1))).toEqual(value(1))
    expect(seen).toContainEqual(value(2))
  })

  it('takes an entry out', () => {
    const kernel = new FakeMapKernel()
    using map = fakeMap(kernel)
    map.update(key(1), value(3))
    expect(map.lookupAndDelete(key(1))).toEqual(value(3))
    expect(map.lookupAndDelete(key(1))).toBeUndefined()
    kernel.refusals.set('BPF_MAP_LOOKUP_AND_DELETE_ELEM', ENOTSUPP)
    bpfErrorOf('MAP_WRONG_TYPE', () => map.lookupAndDelete(key(1)))
  })

  it('says what stands in the way of freezing it', () => {
    const kernel = new FakeMapKernel()
    using map = fakeMap(kernel, 'array')
    kernel.refusals.set('BPF_MAP_FREEZE', EBUSY)
    const { message } = bpfErrorOf('MAP_REFUSED', () => {
      map.freeze()
    })
    expect(message).toContain('cannot freeze map counts: it is mapped for writing somewhere (EBUSY)')
    kernel.refusals.set('BPF_MAP_FREEZE', EPERM)
    bpfErrorOf('NOT_PERMITTED', () => {
      map.freeze()
    })
  })

  it('says that it cannot be written where it was opened for reading', () => {
    const kernel = new FakeMapKernel()
    kernel.refusals.set('BPF_MAP_UPDATE_ELEM', EPERM)
    const { message } = bpfErrorOf('MAP_READ_ONLY', () => {
      fakeMap(kernel, 'hash', { flags: BPF_F_RDONLY }).update(key(1), value(1))
    })
    expect(message).toBe('cannot update an entry of map counts: it is opened for reading only')
  })

  it('can be closed twice, and not used afterwards', () => {
    const kernel = new BpfKernel()
    const map = openMap(kernel, BPF_MAP_TYPE_HASH)
    map.close()
    map.close()
    expect(kernel.descriptors.size).toBe(0)
    bpfErrorOf('DESCRIPTOR_CLOSED', () => map.fd)
    bpfErrorOf('DESCRIPTOR_CLOSED', () => map.lookup(key(1)))
    bpfErrorOf('DESCRIPTOR_CLOSED', () => [...map.keys()])
  })
})
