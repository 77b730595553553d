import { describe, expect, it } from 'vitest'
import { bpf_map_create_flags, bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { createMap, freezeMap, lookupElement, updateElement } from '../../src/kernel/bpf_calls.ts'
import type { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { MapMemory } from '../../src/maps/map_memory.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { bpfTest } from '../kernel/require.ts'

const { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } = bpf_map_create_flags
const key = new Uint8Array(4)

function createArray(kernel: Kernel, size: number, flags: number): FileDescriptor {
  return createMap(kernel, {
    map_type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
    key_size: 4,
    value_size: size,
    max_entries: 1,
    map_flags: flags,
    map_name: 'rawbpf_test',
  })
}

function valueOf(kernel: Kernel, map: FileDescriptor, size: number): Uint8Array {
  const value = new Uint8Array(size)
  lookupElement(kernel, map.fd, key, value)
  return value
}

describe('MapMemory', () => {
  const fake = new FakeKernel({ pageSize: 16384 })
  const open = (access: 'read' | 'read and write' = 'read and write'): MapMemory =>
    MapMemory.map(fake, { fd: fake.allocate('map'), name: '.bss', size: 12, access })

  it.each([
    [-1, 4],
    [0, 13],
    [12, 1],
    [0.5, 1],
    [0, -1],
    [NaN, 1],
  ])('refuses %d and %d bytes, which are not all the value’s', (offset, length) => {
    const memory = open()
    const error = bpfErrorOf('MAP_BAD_SIZE', () => memory.read(offset, length))
    expect(error.message).toContain('of map .bss, whose value has 12')
    expect(error.map).toBe('.bss')
    if (length >= 0)
      bpfErrorOf('MAP_BAD_SIZE', () => {
        memory.write(offset, new Uint8Array(length))
      })
  })

  it('reads and writes up to the last byte', () => {
    const memory = open()
    memory.write(11, Uint8Array.of(5))
    expect([...memory.read(10, 2)]).toEqual([0, 5])
    expect(memory.read(12, 0)).toHaveLength(0)
  })

  it('gives copies, which later writes do not reach', () => {
    const memory = open()
    const before = memory.read(0, 12)
    memory.write(0, new Uint8Array(12).fill(1))
    expect(before).toEqual(new Uint8Array(12))
  })

  it('refuses to write what is mapped for reading', () => {
    const error = bpfErrorOf('MAP_READ_ONLY', () => {
      open('read').write(0, Uint8Array.of(1))
    })
    expect(error.message).toBe('map .bss is frozen, and mapped for reading: it cannot be written')
  })

  it('cannot be used once it is closed, which may be done twice', () => {
    const memory = open()
    memory.close()
    memory.close()
    expect(bpfErrorOf('DESCRIPTOR_CLOSED', () => memory.read(0, 1)).message).toContain('map .bss was used')
    bpfErrorOf('DESCRIPTOR_CLOSED', () => {
      memory.write(0, Uint8Array.of(1))
    })
  })
})

describe('MapMemory on the real kernel', () => {
  bpfTest('is the value that the kernel has, also where it takes several pages', () => {
    const recording = recordingKernel(openKernel())
    const { kernel } = recording
    const size = 3 * kernel.pageSize + 5
    {
      using map = createArray(kernel, size, BPF_F_MMAPABLE)
      const memory = MapMemory.map(kernel, { fd: map.fd, name: 'm', size, access: 'read and write' })
      memory.write(size - 3, Uint8Array.of(1, 2, 3))
      expect(valueOf(kernel, map, size).slice(-4)).toEqual(Uint8Array.of(0, 1, 2, 3))
      updateElement(kernel, map.fd, key, new Uint8Array(size).fill(9), 0)
      expect(memory.read(0, size)).toEqual(new Uint8Array(size).fill(9))
      memory.close()
    }
    expect(recording.mappings()).toBe(0)
    expect(recording.openDescriptors().size).toBe(0)
  })

  bpfTest('is read of a frozen map, and not written', () => {
    const kernel = openKernel()
    using map = createArray(kernel, 8, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG)
    updateElement(kernel, map.fd, key, new Uint8Array(8).fill(4), 0)
    freezeMap(kernel, map.fd)
    const request = { fd: map.fd, name: '.rodata', size: 8 }
    bpfErrorOf('EPERM', () => MapMemory.map(kernel, { ...request, access: 'read and write' }))
    const memory = MapMemory.map(kernel, { ...request, access: 'read' })
    expect(memory.read(0, 8)).toEqual(new Uint8Array(8).fill(4))
    bpfErrorOf('MAP_READ_ONLY', () => {
      memory.write(0, new Uint8Array(8))
    })
    memory.close()
  })

  bpfTest('is not had of a map that was not made for it', () => {
    const kernel = openKernel()
    using map = createArray(kernel, 8, 0)
    const request = { fd: map.fd, name: 'm', size: 8, access: 'read and write' } as const
    bpfErrorOf('EINVAL', () => MapMemory.map(kernel, request))
  })
})
