import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { EINVAL, fakeMap, FakeMapKernel, value } from './fake_map_kernel.ts'

describe('storage', () => {
  it('opens whom it belongs to for the time of a call', () => {
    const kernel = new FakeMapKernel()
    using storage = fakeMap(kernel, 'task_storage').as.taskStorage<Uint8Array>()
    expect(storage.lookup({ pid: 1 })).toBeUndefined()
    storage.update({ pid: 1 }, value(1))
    expect([...kernel.entries.keys()]).toHaveLength(1)
    kernel.refusals.set('BPF_MAP_DELETE_ELEM', EINVAL)
    bpfErrorOf('MAP_REFUSED', () => storage.delete({ pid: 1 }))
    expect([...kernel.descriptors.values()]).toEqual(['map'])
  })

  it('leaves descriptors of the caller open', () => {
    const kernel = new FakeMapKernel()
    const socket = kernel.allocate('socket')
    using storage = fakeMap(kernel, 'sk_storage').as.socketStorage<Uint8Array>()
    storage.update(socket, value(1))
    expect(storage.lookup({ fd: socket })).toEqual(value(1))
    expect(storage.delete(socket)).toBe(true)
    expect(storage.delete(socket)).toBe(false)
    expect(kernel.descriptors.has(socket)).toBe(true)
  })

  it('of a path that is not there does not ask the map', () => {
    const kernel = new FakeMapKernel()
    using storage = fakeMap(kernel, 'cgrp_storage').as.cgroupStorage<Uint8Array>()
    bpfErrorOf('ENOENT', () => storage.lookup({ path: '/sys/fs/cgroup/gone' }))
    expect(kernel.calls).toEqual([])
  })
})
