import { describe, expect, it } from 'vitest'
import { bpf_map_create_flags } from '../../src/abi/generated/bpf.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fakeMap, FakeMapKernel } from './fake_map_kernel.ts'

const { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } = bpf_map_create_flags

function open(flags: number = BPF_F_MMAPABLE, kernel = new FakeMapKernel()) {
  return fakeMap(kernel, 'array', { valueSize: 4, maxEntries: 3, flags })
}

describe('a live array', () => {
  it('has what was written, each value at a multiple of 8 bytes', () => {
    const map = open()
    const live = map.as.array<Uint8Array>().live()
    live.set(1, Uint8Array.of(1, 2, 3, 4))
    expect(live.get(1)).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect([...live].map(([first]) => first)).toEqual([0, 1, 0])
    expect(map.memory?.read(8, 4)).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(live).toHaveLength(3)
  })

  it.each([-1, 3, 0.5, NaN])('has no index %d', (index) => {
    const live = open().as.array<Uint8Array>().live()
    expect(bpfErrorOf('MAP_NO_ENTRY', () => live.get(index)).message).toContain('indices from 0 to 2')
    bpfErrorOf('MAP_NO_ENTRY', () => {
      live.set(index, new Uint8Array(4))
    })
  })

  it('does not outlive its map', () => {
    const kernel = new FakeMapKernel()
    const map = open(BPF_F_MMAPABLE, kernel)
    const live = map.as.array<Uint8Array>().live()
    expect(kernel.mappings).toBe(1)
    map.close()
    expect(kernel.mappings).toBe(0)
    bpfErrorOf('DESCRIPTOR_CLOSED', () => live.get(0))
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      live.set(0, new Uint8Array(4))
    })
  })

  it('is mapped for reading where the map is', () => {
    const live = open(BPF_F_MMAPABLE | BPF_F_RDONLY_PROG)
      .as.array<Uint8Array>()
      .live()
    bpfErrorOf('MAP_READ_ONLY', () => {
      live.set(0, new Uint8Array(4))
    })
  })

  it('is not there for maps that cannot be mapped', () => {
    bpfErrorOf('MAP_WRONG_TYPE', () => open(0).as.array().live())
    bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'percpu_array').as.perCpuArray().live())
  })
})
