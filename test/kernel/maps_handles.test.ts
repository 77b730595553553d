import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { bpf_map_create_flags } from '../../src/abi/generated/bpf.ts'
import { VOID } from '../../src/base/units.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { createMap } from '../../src/maps/create_map.ts'
import { listMaps, openMap } from '../../src/maps/open_map.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { bpfFsTest, withBpfFs } from './bpffs_mount.ts'
import { failingKernel } from './failing_kernel.ts'
import { recordingKernel } from './recording_kernel.ts'
import { bpfTest, featureTest } from './require.ts'

const { BPF_F_MMAPABLE } = bpf_map_create_flags

const key = (number: number): Uint8Array => new Uint8Array(Uint32Array.of(number).buffer)
const value = (number: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(number).buffer)
const numberOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)

function hash(name: string, maxEntries: number) {
  return createMap({ type: 'hash', name, keySize: 4, valueSize: 8, maxEntries })
}

const COUNT = 20_000
const keys = Array.from({ length: COUNT }, (_, index) => index)

describe('a hash of many entries', () => {
  bpfTest('is filled, listed and emptied in batches', () => {
    const recording = recordingKernel(openKernel())
    using map = createMap({
      type: 'hash',
      keySize: 4,
      valueSize: 8,
      maxEntries: COUNT,
      kernel: recording.kernel,
    })
    map.updateMany(keys.map((each) => [key(each), value(BigInt(each))] as const))
    expect([...map.keys()].map(numberOf).sort((left, right) => left - right)).toEqual(keys)
    for (const [each, found] of map) expect(found).toEqual(value(BigInt(numberOf(each))))
    expect(map.deleteMany([key(1), key(COUNT + 1), key(2), key(2)])).toBe(2)
    expect([...map.drain()]).toHaveLength(COUNT - 2)
    expect([...map.keys()]).toEqual([])
    expect(recording.calls.length).toBeLessThan(60)
  })

  bpfTest('gives what stays exactly once, and all else at most once, whatever happens in the loop', () => {
    using map = hash('walked', 4 * COUNT)
    map.updateMany(keys.map((each) => [key(each), value(0n)] as const))
    const seen = new Set<number>()
    for (const each of map.keys()) {
      const number = numberOf(each)
      expect(seen.has(number)).toBe(false)
      seen.add(number)
      // Odd ones go, those behind and those to come; new ones come.
      map.delete(key(((number * 7919) % COUNT) | 1))
      if (seen.size < 3 * COUNT) map.update(key(COUNT + ((number * 31) % COUNT)), value(0n))
    }
    const even = keys.filter((each) => each % 2 === 0)
    expect(even.every((each) => seen.has(each))).toBe(true)
  })

  bpfTest('is the same where the kernel has no batches', () => {
    const ENOTSUPP = 524
    const real = openKernel()
    const kernel = (['BPF_MAP_LOOKUP_BATCH', 'BPF_MAP_UPDATE_BATCH', 'BPF_MAP_DELETE_BATCH'] as const).reduce(
      (inner, command) => failingKernel(inner, { command, errno: ENOTSUPP }),
      real,
    )
    using map = createMap({ type: 'hash', keySize: 4, valueSize: 8, maxEntries: 500, kernel })
    map.updateMany(keys.slice(0, 500).map((each) => [key(each), value(BigInt(each))] as const))
    const seen: number[] = []
    for (const [each] of map) {
      seen.push(numberOf(each))
      map.delete(each)
    }
    expect(seen.sort((left, right) => left - right)).toEqual(keys.slice(0, 500))
    expect(map.deleteMany([key(1)])).toBe(0)
  })

  bpfTest('has buckets that a small batch has no room for', () => {
    using map = hash('crowded', 4)
    map.updateMany([1, 2, 3, 4].map((each) => [key(each), value(0n)] as const))
    const batch = map.map.batch(1)
    const seen: number[] = []
    let current = batch
    for (;;) {
      try {
        const count = current.next()
        if (count === 0) break
        for (let index = 0; index < count; index++) seen.push(numberOf(current.keys.slice(index * 4)))
      } catch {
        current = current.larger()
      }
    }
    expect(seen.sort()).toEqual([1, 2, 3, 4])
  })
})

const takeTest = featureTest({
  name: 'lookup and delete of hashes',
  since: [5, 14],
  whyNot: () => {
    using map = hash('probe', 1)
    map.lookupAndDelete(key(1))
    return undefined
  },
})

describe('lookup and delete', () => {
  takeTest('takes an entry out of a hash', () => {
    using map = hash('taken', 2)
    map.update(key(1), value(7n))
    expect(map.lookupAndDelete(key(1))).toEqual(value(7n))
    expect(map.lookupAndDelete(key(1))).toBeUndefined()
  })
})

describe('an array that is mapped', () => {
  const live = (valueSize = 12) =>
    createMap({ type: 'array', name: 'live', valueSize, maxEntries: 1000, flags: BPF_F_MMAPABLE })

  bpfTest('shows at once what others write, and shows it to them', () => {
    using array = live()
    using other = openMap({ id: array.map.info().id })
    const memory = array.live()
    const bytes = new Uint8Array(12).fill(3)
    memory.set(999, bytes)
    expect(other.lookup(key(999))).toEqual(bytes)
    other.update(key(500), new Uint8Array(12).fill(5))
    expect(memory.get(500)).toEqual(new Uint8Array(12).fill(5))
    expect(memory.get(499)).toEqual(new Uint8Array(12))
    bpfErrorOf('MAP_NO_ENTRY', () => memory.get(1000))
  })

  bpfTest('throws once its map is closed, and kills nobody', () => {
    const array = live()
    const memory = array.live()
    array.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => memory.get(0))
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      memory.set(0, new Uint8Array(12))
    })
    bpfErrorOf('DESCRIPTOR_CLOSED', () => array.live())
  })

  bpfTest('is not frozen while it can be written, and is read only when it is', () => {
    using writable = live()
    writable.live().set(0, new Uint8Array(12))
    expect(
      bpfErrorOf('MAP_REFUSED', () => {
        writable.map.freeze()
      }).message,
    ).toContain('mapped for writing')
    using frozen = live()
    frozen.update(1, new Uint8Array(12).fill(1))
    frozen.map.freeze()
    const memory = frozen.live()
    expect(memory.get(1)).toEqual(new Uint8Array(12).fill(1))
    bpfErrorOf('MAP_READ_ONLY', () => {
      memory.set(1, new Uint8Array(12))
    })
  })
})

describe('a frozen map', () => {
  bpfTest('can be read, and is said to be frozen where it is written', () => {
    using map = hash('frozen', 2)
    map.update(key(1), value(1n))
    map.map.freeze()
    expect(map.lookup(key(1))).toEqual(value(1n))
    for (const write of [
      () => {
        map.update(key(1), value(2n))
      },
      () => map.delete(key(1)),
      () => {
        map.updateMany([[key(1), value(2n)]])
      },
    ])
      expect(bpfErrorOf('MAP_READ_ONLY', write).message).toContain('it is frozen')
    const { message } = bpfErrorOf('MAP_READ_ONLY', () => {
      map.map.freeze()
    })
    expect(message).toBe('cannot freeze map frozen: it is frozen')
  })
})

describe('maps that are there already', () => {
  bpfTest('are opened by id and by name, and are listed', () => {
    using map = hash(`m${process.pid}`, 2)
    const { id } = map.map.info()
    map.update(key(1), value(1n))
    using byId = openMap({ id })
    using byName = openMap({ name: map.name })
    expect(byId.lookup(key(1))).toEqual(value(1n))
    expect(byName.info()).toEqual(byId.info())
    expect([...listMaps()].find((each) => each.id === id)?.name).toBe(map.name)
    using another = hash(map.name, 2)
    const { message } = bpfErrorOf('MAP_AMBIGUOUS_NAME', () => openMap({ name: map.name }))
    expect(message).toContain(String(another.map.info().id))
  })

  bpfTest('are gone with their last descriptor', () => {
    const map = hash('gone', 1)
    const { id } = map.map.info()
    map.close()
    const { message } = bpfErrorOf('MAP_NOT_FOUND', () => openMap({ id }))
    expect(message).toBe(`there is no map with id ${id}`)
  })

  bpfTest('can be opened for reading alone', () => {
    using map = hash('read', 2)
    map.update(key(1), value(1n))
    using reader = openMap({ id: map.map.info().id }, { access: 'read' })
    expect(reader.lookup(key(1))).toEqual(value(1n))
    const { message } = bpfErrorOf('MAP_READ_ONLY', () => {
      reader.update(key(1), value(2n))
    })
    expect(message).toContain('opened for reading only')
  })

  bpfFsTest('are opened by the path where they are pinned', () => {
    withBpfFs((directory) => {
      const path = join(directory, 'pinned')
      {
        using map = hash('pinned', 2)
        map.update(key(1), value(4n))
        map.map.pin(path)
      }
      using opened = openMap({ path })
      expect(opened.lookup(key(1))).toEqual(value(4n))
      bpfErrorOf('MAP_NOT_FOUND', () => openMap({ path: join(directory, 'none') }))
    })
  })
})

/** A hash of structs, and an array of one value for every cpu. */
function typedSpec(): ObjectSpec {
  const bytes = writeObject({
    types: (builder, { u32 = VOID, u64 = VOID, u8 = VOID, int = VOID }) => {
      const char = builder.addInt('char', 1, { encoding: 'signed' })
      const stats = builder.addStruct('stats', 32, [
        { name: 'bytes', type: u64, bitOffset: 0 },
        { name: 'comm', type: builder.addArray(char, int, 16), bitOffset: 64 },
        { name: 'mac', type: builder.addArray(u8, int, 4), bitOffset: 192 },
        { name: 'low', type: u32, bitOffset: 224, bitfieldSize: 4 },
        { name: 'high', type: u32, bitOffset: 228, bitfieldSize: 28 },
      ])
      return { stats }
    },
    maps: [
      { name: 'flows', uints: { type: 1, max_entries: 16 }, types: { key: 'u32', value: 'stats' } },
      { name: 'totals', uints: { type: 6, max_entries: 2 }, types: { key: 'u32', value: 'u64' } },
      { name: 'events', uints: { type: 27, max_entries: 4096 } },
    ],
  })
  return parseObject(bytes, 'typed.bpf.o')
}

interface Stats {
  readonly bytes: bigint
  readonly comm: string
  readonly mac: readonly number[]
  readonly low: number
  readonly high: number
}

const stats: Stats = { bytes: 2n ** 64n - 1n, comm: 'bash', mac: [1, 2, 3, 4], low: 15, high: 7 }

describe('maps of a loaded object', () => {
  bpfTest('have keys and values of the types that the object says', () => {
    using object = loadObject(typedSpec())
    const flows = object.map('flows').as.hash<number, Stats>()
    flows.update(7, stats)
    expect(flows.lookup(7)).toEqual(stats)
    expect([...flows]).toEqual([[7, stats]])
    flows.updateMany([[8, { ...stats, low: 1 }]])
    expect(flows.lookup(8)?.low).toBe(1)
    const totals = object.map('totals').as.perCpuArray<bigint>()
    totals.update(
      1,
      totals.lookup(1).map(() => 5n),
    )
    expect(totals.lookup(1).every((each) => each === 5n)).toBe(true)
    expect(object.map('flows').lookup(key(7))).toHaveLength(32)
  })

  bpfTest('name the part of a value that does not fit', () => {
    using object = loadObject(typedSpec())
    const flows = object.map('flows').as.hash<number, Stats>()
    const { message } = bpfErrorOf('BTF_BAD_VALUE', () => {
      flows.update(7, { ...stats, mac: [1, 2, 3, 300] })
    })
    expect(message).toMatch(/^value\.mac\[3\] takes an integer from 0 to 255, not 300/)
    expect(bpfErrorOf('BTF_BAD_VALUE', () => flows.lookup(-1)).message).toMatch(/^key takes/)
    expect(flows.lookup(7)).toBeUndefined()
  })

  bpfTest('have the same types for whoever opens them by id', () => {
    using object = loadObject(typedSpec())
    object.map('flows').as.hash<number, Stats>().update(1, stats)
    using opened = openMap({ id: object.map('flows').info().id })
    expect(opened.as.hash<number, Stats>().lookup(1)).toEqual(stats)
  })

  bpfTest('are of one kind and no other', () => {
    using object = loadObject(typedSpec())
    const error = bpfErrorOf('MAP_WRONG_TYPE', () => object.map('events').as.hash())
    expect(error.message).toBe('map events is of kind ringbuf, and was to be used as a hash')
    expect(
      bpfErrorOf('MAP_WRONG_TYPE', () => object.map('events').lookup(new Uint8Array())).message,
    ).toContain('read its records with ringBuffer()')
  })

  bpfTest('are closed with the object, handles and all', () => {
    const object = loadObject(typedSpec())
    const flows = object.map('flows').as.hash<number, Stats>()
    const walk = flows.keys()
    flows.update(1, stats)
    object.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => flows.lookup(1))
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      flows.update(1, stats)
    })
    bpfErrorOf('DESCRIPTOR_CLOSED', () => [...walk])
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      flows.updateMany([[1, stats]])
    })
  })
})

describe('maps and descriptors', () => {
  bpfTest('end together: a thousand maps leave none open', () => {
    const open = (): number => readdirSync('/proc/self/fd').length
    hash('warm', 1).close()
    const before = open()
    for (let round = 0; round < 1000; round++) {
      using map = createMap({ type: 'array', valueSize: 8, maxEntries: 1, flags: BPF_F_MMAPABLE })
      map.live().set(0, value(1n))
      map.update(0, value(2n))
    }
    expect(open()).toBe(before)
  })
})
