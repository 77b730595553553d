import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { isFrozen, isMap, readMapInfo } from '../../src/maps/map_info.ts'
import { BpfKernel, bufferOf } from '../loader/bpf_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

const FD = fdNumber(7)

function withInfo(text: string): FakeKernel {
  return new FakeKernel({ files: { '/proc/self/fdinfo/7': text } })
}

describe('what the kernel says of a map', () => {
  it('is decoded, with zeros for what it does not say yet', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
      const info = bufferOf(attr, 'info')
      const words = new Uint32Array(info.buffer, info.byteOffset, 6)
      words.set([5, 77, 4, 8, 1024, 1])
      info.set(new TextEncoder().encode('counts'), 24)
      return 0
    }
    expect(readMapInfo(kernel, FD)).toEqual({
      id: 77,
      kind: 'percpu_hash',
      type: 5,
      name: 'counts',
      keySize: 4,
      valueSize: 8,
      maxEntries: 1024,
      flags: 1,
      mapExtra: 0n,
      btfId: 0,
      keyTypeId: 0,
      valueTypeId: 0,
    })
  })

  it('is whether it is frozen, and a map at all, in its fdinfo', () => {
    expect(isFrozen(withInfo('pos:\t0\nmap_type:\t2\nfrozen:\t1\n'), FD)).toBe(true)
    expect(isFrozen(withInfo('map_type:\t2\nfrozen:\t0\n'), FD)).toBe(false)
    expect(isFrozen(withInfo('prog_type:\t2\n'), FD)).toBeUndefined()
    expect(isMap(withInfo('map_type:\t2\n'), FD)).toBe(true)
    expect(isMap(withInfo('prog_type:\t2\n'), FD)).toBe(false)
  })

  it('is unknown where /proc is not there', () => {
    expect(isFrozen(new FakeKernel(), FD)).toBeUndefined()
    expect(isMap(new FakeKernel(), FD)).toBeUndefined()
    expect(() => isMap(new Broken(), FD)).toThrow(TypeError)
  })
})

class Broken extends FakeKernel {
  override open(): never {
    throw new TypeError('a bug')
  }
}
