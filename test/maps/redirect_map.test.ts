import { describe, expect, it } from 'vitest'
import { bpfErrorOf } from '../base/expect_error.ts'
import { fakeMap, FakeMapKernel, key } from './fake_map_kernel.ts'

describe('a devmap', () => {
  it('has interfaces, with a program or without', () => {
    const kernel = new FakeMapKernel()
    using devices = fakeMap(kernel, 'devmap').as.devices()
    devices.update(1, { ifindex: 3, program: { fd: 9 } })
    devices.update(2, { ifindex: 4 })
    expect(kernel.get(key(1))).toEqual(Uint8Array.of(3, 0, 0, 0, 9, 0, 0, 0))
    expect(devices.lookup(1)).toEqual({ ifindex: 3, programId: 9 })
    expect(devices.lookup(2)).toEqual({ ifindex: 4, programId: undefined })
    expect(devices.lookup(3)).toBeUndefined()
    expect([...devices.keys()]).toEqual([1, 2])
    expect(devices.delete(1)).toBe(true)
  })

  it('of short values has no room for programs', () => {
    using devices = fakeMap(new FakeMapKernel(), 'devmap_hash', { valueSize: 4 }).as.devices()
    devices.update(1, { ifindex: 3 })
    expect(devices.lookup(1)).toEqual({ ifindex: 3, programId: undefined })
    const { message } = bpfErrorOf('MAP_BAD_SIZE', () => {
      devices.update(1, { ifindex: 3, program: 9 })
    })
    expect(message).toContain('no room for a program')
  })

  it('has no interface that is no number', () => {
    using devices = fakeMap(new FakeMapKernel(), 'devmap').as.devices()
    bpfErrorOf('MAP_BAD_SIZE', () => {
      devices.update(1, { ifindex: -1 })
    })
  })
})

describe('a cpumap', () => {
  it('has queues', () => {
    using cpus = fakeMap(new FakeMapKernel(), 'cpumap').as.cpus()
    cpus.update(0, { queueSize: 192 })
    expect(cpus.lookup(0)).toEqual({ queueSize: 192, programId: undefined })
    expect(cpus.lookup(1)).toBeUndefined()
  })
})
