import { describe, expect, it } from 'vitest'
import { descriptorCodec } from '../../src/maps/descriptor_map.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fakeMap, FakeMapKernel, key } from './fake_map_kernel.ts'

describe('a map of descriptors', () => {
  it('takes whatever has one, and tells the id that the kernel gives', () => {
    const kernel = new FakeMapKernel()
    using programs = fakeMap(kernel, 'prog_array', { valueSize: 4 }).as.progArray()
    programs.update(1, { fd: 77 })
    programs.update(2, 78, 'create')
    expect(kernel.get(key(1))).toEqual(Uint8Array.of(77, 0, 0, 0))
    expect(programs.lookup(1)).toBe(77)
    expect(programs.lookup(3)).toBeUndefined()
    expect([...programs.keys()]).toEqual([1, 2])
    expect([...programs.entries()]).toEqual([
      [1, 77],
      [2, 78],
    ])
    expect(programs.delete(1)).toBe(true)
    expect(programs.delete(1)).toBe(false)
  })

  it('tells cookies of sockets as bigint', () => {
    const kernel = new FakeMapKernel()
    using sockets = fakeMap(kernel, 'sockmap').as.socketArray()
    kernel.put(key(1), new Uint8Array(8).fill(1))
    expect(sockets.lookup(1)).toBe(0x0101010101010101n)
  })

  it.each([-1, 1.5, NaN, 2 ** 31])('does not take %d for a descriptor', (fd) => {
    const codec = descriptorCodec(4, { what: 'value', map: 'counts' })
    bpfErrorOf('MAP_BAD_SIZE', () => {
      codec.encode(fd, new DataView(new ArrayBuffer(4)), 0)
    })
  })
})
