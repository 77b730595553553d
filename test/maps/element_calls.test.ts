import { describe, expect, it } from 'vitest'
import { fdNumber } from '../../src/base/units.ts'
import { ElementCalls, NOT_THERE } from '../../src/maps/element_calls.ts'
import { observedKernel, type KernelStep } from '../../src/kernel/steps.ts'
import { FakeMapKernel, key, value } from './fake_map_kernel.ts'

describe('the calls for one entry', () => {
  it('go through buffers that are used again and again', () => {
    const calls = new ElementCalls(new FakeMapKernel(), fdNumber(100), { keySize: 4, valueSize: 8 })
    calls.key.set(key(7))
    calls.value.set(value(1))
    expect(calls.lookup(0)).toBe(NOT_THERE)
    expect(calls.update(0)).toBe(0)
    calls.value.fill(0)
    expect(calls.lookup(0)).toBe(0)
    expect(calls.value).toEqual(value(1))
    expect(calls.first()).toBe(0)
    expect(calls.nextKey).toEqual(key(7))
    expect(calls.next()).toBe(NOT_THERE)
    expect(calls.take(0)).toBe(0)
    expect(calls.delete()).toBe(NOT_THERE)
  })

  it('have the flags of the last one and no others', () => {
    const calls = new ElementCalls(new FakeMapKernel(), fdNumber(100), { keySize: 4, valueSize: 8 })
    expect(calls.update(2)).toBe(NOT_THERE)
    expect(calls.update(0)).toBe(0)
    expect(calls.update(1)).toBe(-17)
    expect(calls.update(0)).toBe(0)
  })

  it('are encoded as the tables of union bpf_attr have them, without a key where the map has none', () => {
    const steps: KernelStep[] = []
    const kernel = observedKernel(new FakeMapKernel(), (step) => steps.push(step))
    const calls = new ElementCalls(kernel, fdNumber(100), { keySize: 0, valueSize: 8 })
    calls.lookup(4)
    calls.take(0)
    expect(steps).toMatchObject([
      { command: 'BPF_MAP_LOOKUP_ELEM', arguments: { map_fd: 100, value: { length: 8 }, flags: 4n } },
      { command: 'BPF_MAP_LOOKUP_AND_DELETE_ELEM', arguments: { map_fd: 100, value: { length: 8 } } },
    ])
    expect(steps[0]?.arguments).not.toHaveProperty('key')
  })
})
