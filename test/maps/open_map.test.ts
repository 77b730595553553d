import { describe, expect, it } from 'vitest'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { listMaps, openMap } from '../../src/maps/open_map.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel, bufferOf, fail, refuse, u32 } from '../loader/bpf_kernel.ts'

const [EPERM, ENOENT, EACCES] = [1, 2, 13]

/** A kernel that has hashes with these names, under ids from 1 on; names that are '' are gone when they are opened. */
function kernelWith(...names: string[]): BpfKernel {
  const kernel = new BpfKernel({})
  const opened = new Map<number, number>()
  kernel.answers.BPF_MAP_GET_NEXT_ID = (attr) => {
    const next = u32(attr, 0) + 1
    if (next > names.length) fail('bpf', 'BPF_MAP_GET_NEXT_ID', ENOENT)
    view(attr).setUint32(4, next, true)
    return 0
  }
  kernel.answers.BPF_MAP_GET_FD_BY_ID = (attr) => {
    const id = u32(attr, 0)
    if ((names[id - 1] ?? '') === '') fail('bpf', 'BPF_MAP_GET_FD_BY_ID', ENOENT)
    const fd = kernel.allocate('map')
    opened.set(fd, id)
    return fd
  }
  kernel.answers.BPF_OBJ_GET = () => {
    const fd = kernel.allocate('pinned')
    opened.set(fd, 1)
    return fd
  }
  kernel.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
    const id = opened.get(u32(attr, 0)) ?? 0
    const info = bufferOf(attr, 'info')
    new Uint32Array(info.buffer, info.byteOffset, 6).set([1, id, 4, 8, 1024, 0])
    info.set(new TextEncoder().encode(names[id - 1]), 24)
    return 0
  }
  return kernel
}

function view({ bytes }: EncodedAttr): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

describe('opening a map', () => {
  it('by its id, its name or its path has its sizes from the kernel', () => {
    const kernel = kernelWith('one', 'two')
    using byId = openMap({ id: 2 }, { kernel })
    using byName = openMap({ name: 'two' }, { kernel })
    using byPath = openMap({ path: '/sys/fs/bpf/x' }, { kernel })
    expect(byId.attributes).toMatchObject({ name: 'two', keySize: 4, valueSize: 8, maxEntries: 1024 })
    expect(byName.info().id).toBe(2)
    expect(byPath.kind).toBe('hash')
  })

  it.each([
    [{ id: 77 }, 'there is no map with id 77'],
    [{ name: 'three' }, 'there is no map of name three'],
    [{ name: 'a name that is too long' }, 'names have at most 15 bytes'],
  ])('that is not there is an error, %j', (address, message) => {
    const kernel = kernelWith('one')
    expect(bpfErrorOf('MAP_NOT_FOUND', () => openMap(address, { kernel })).message).toContain(message)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('at a path where nothing is pinned, or no map, is an error', () => {
    const kernel = kernelWith()
    kernel.answers.BPF_OBJ_GET = refuse('BPF_OBJ_GET', ENOENT)
    bpfErrorOf('MAP_NOT_FOUND', () => openMap({ path: '/sys/fs/bpf/x' }, { kernel }))
    const program = new BpfKernel({ '/proc/self/fdinfo/100': 'prog_type:\t1\n' })
    program.answers.BPF_OBJ_GET = () => program.allocate('pinned')
    const { message } = bpfErrorOf('MAP_NOT_FOUND', () =>
      openMap({ path: '/sys/fs/bpf/x' }, { kernel: program }),
    )
    expect(message).toBe('what is there pinned at /sys/fs/bpf/x is no map')
    expect(program.descriptors.size).toBe(0)
  })

  it('by a name that several have tells their ids', () => {
    const { message } = bpfErrorOf('MAP_AMBIGUOUS_NAME', () =>
      openMap({ name: 'one' }, { kernel: kernelWith('one', 'two', 'one') }),
    )
    expect(message).toBe('2 maps have the name one; open one by its id: 1, 3')
  })

  it('says what right is missing, or what else the kernel has against it', () => {
    const kernel = kernelWith('one')
    kernel.answers.BPF_MAP_GET_FD_BY_ID = refuse('BPF_MAP_GET_FD_BY_ID', EPERM)
    bpfErrorOf('NOT_PERMITTED', () => openMap({ id: 1 }, { kernel }))
    kernel.answers.BPF_OBJ_GET = refuse('BPF_OBJ_GET', 22)
    bpfErrorOf('MAP_REFUSED', () => openMap({ path: '/sys/fs/bpf/x' }, { kernel }))
    kernel.answers.BPF_OBJ_GET_INFO_BY_FD = refuse('BPF_OBJ_GET_INFO_BY_FD', EACCES)
    kernel.answers.BPF_MAP_GET_FD_BY_ID = () => kernel.allocate('map')
    bpfErrorOf('MAP_REFUSED', () => openMap({ id: 1 }, { kernel }))
    expect(kernel.descriptors.size).toBe(0)
  })

  it('for reading asks for no more', () => {
    const kernel = kernelWith('one')
    const flags: number[] = []
    const open = kernel.answers.BPF_MAP_GET_FD_BY_ID
    kernel.answers.BPF_MAP_GET_FD_BY_ID = (attr) => {
      flags.push(u32(attr, 8))
      return open?.(attr)
    }
    openMap({ id: 1 }, { kernel, access: 'read' }).close()
    openMap({ id: 1 }, { kernel, access: 'write' }).close()
    openMap({ id: 1 }, { kernel }).close()
    expect(flags).toEqual([8, 16, 0])
  })
})

describe('listing maps', () => {
  it('passes those that are gone meanwhile, and leaves none open', () => {
    const kernel = kernelWith('one', '', 'three')
    expect([...listMaps(kernel)].map(({ name }) => name)).toEqual(['one', 'three'])
    expect(kernel.descriptors.size).toBe(0)
  })
})
