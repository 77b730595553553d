import { describe, expect, it } from 'vitest'
import { possibleCpus } from '../../src/maps/map_access.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FAKE_CPUS, fakeMap, FakeMapKernel } from './fake_map_kernel.ts'

describe('the way to the entries', () => {
  it('lends the same calls again and again, and others to whoever comes in between', () => {
    const { access } = fakeMap(new FakeMapKernel())
    const first = access.borrow('lookup')
    const second = access.borrow('lookup')
    expect(second).not.toBe(first)
    access.giveBack(first)
    expect(access.borrow('update')).toBe(first)
  })

  it('does not keep buffers of megabytes', () => {
    const { access } = fakeMap(new FakeMapKernel(), 'hash', { valueSize: 1 << 20 })
    const calls = access.borrow('lookup')
    access.giveBack(calls)
    expect(access.borrow('lookup')).not.toBe(calls)
  })

  it('is closed with the map, and leads to nothing that the kind does not have', () => {
    const map = fakeMap(new FakeMapKernel())
    map.close()
    bpfErrorOf('DESCRIPTOR_CLOSED', () => map.access.borrow('lookup'))
    bpfErrorOf('MAP_WRONG_TYPE', () => fakeMap(new FakeMapKernel(), 'arena').access.borrow('lookup'))
  })

  it('counts the possible cpus once per kernel', () => {
    const kernel = new FakeMapKernel()
    expect(fakeMap(kernel, 'percpu_hash').access.copiedValueSize).toBe(8 * FAKE_CPUS)
    kernel.open = () => expect.fail('the cpus were counted again')
    expect(possibleCpus(kernel)).toBe(FAKE_CPUS)
  })
})
