import { describe, expect, it } from 'vitest'
import { FAKE_CPUS, fakeMap, FakeMapKernel, key, value } from './fake_map_kernel.ts'

describe('a hash', () => {
  it('has single entries', () => {
    using map = fakeMap(new FakeMapKernel()).as.hash<Uint8Array, Uint8Array>()
    map.update(key(1), value(1), 'create')
    expect(map.lookup(key(1))).toEqual(value(1))
    expect(map.lookupAndDelete(key(1))).toEqual(value(1))
    expect(map.lookup(key(1))).toBeUndefined()
    expect(map.delete(key(1))).toBe(false)
    expect(map.name).toBe('counts')
  })

  it('has many entries', () => {
    const kernel = new FakeMapKernel()
    using map = fakeMap(kernel).as.hash<Uint8Array, Uint8Array>()
    map.updateMany([1, 2, 3].map((each) => [key(each), value(each)] as const))
    expect([...map.keys()]).toHaveLength(3)
    expect([...map.values()].map(([first = -1]) => first).sort()).toEqual([1, 2, 3])
    expect([...map]).toEqual([...map.entries()])
    expect(map.deleteMany([key(1), key(9)])).toBe(1)
    expect([...map.drain()]).toHaveLength(2)
    expect(kernel.entries.size).toBe(0)
  })

  it('has a value for every cpu where it is one of those', () => {
    using map = fakeMap(new FakeMapKernel(), 'lru_percpu_hash').as.perCpuHash<Uint8Array, Uint8Array>()
    const values = Array.from({ length: FAKE_CPUS }, (_, cpu) => value(cpu))
    map.update(key(1), values)
    expect(map.lookup(key(1))).toEqual(values)
    expect([...map.values()]).toEqual([values])
  })
})
