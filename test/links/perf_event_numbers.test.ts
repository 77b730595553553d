import { describe, expect, it } from 'vitest'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { numbersOf, perfEventNames } from '../../src/links/perf_event_numbers.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { linuxTest } from '../kernel/require.ts'

const ENOENT = 2
const EACCES = 13
const ENOSYS = 38

describe('numbersOf', () => {
  it('has the numbers of include/uapi/linux/perf_event.h', () => {
    expect(numbersOf({ type: 'software', name: 'page_faults' })).toEqual({ type: 1, config: 2n })
    expect(numbersOf({ type: 'hardware', name: 'instructions' })).toEqual({ type: 0, config: 1n })
    expect(numbersOf({ type: 8, config: 0x10n })).toEqual({ type: 8, config: 0x10n })
  })
})

describe('perfEventNames', () => {
  it('opens each event and closes it', () => {
    const fake = new FakeKernel()
    const names = perfEventNames(fake)
    expect(names).toHaveLength(19)
    expect(names).toEqual(expect.arrayContaining(['software/cpu_clock', 'hardware/cpu_cycles']))
    expect(fake.descriptors.size).toBe(0)
  })

  it('leaves out what is not there, and not what is not permitted', () => {
    const failing = (errno: number): Kernel =>
      failingKernel(new FakeKernel(), { method: 'perfEventOpen', errno, nth: 1 })
    expect(perfEventNames(failing(ENOENT))).toHaveLength(18)
    expect(perfEventNames(failing(EACCES))).toHaveLength(19)
    expect(() => perfEventNames(failing(ENOSYS))).toThrow(/perf_event_open/)
  })

  linuxTest('knows clocks on every kernel', () => {
    expect(perfEventNames(openKernel())).toContain('software/cpu_clock')
  })
})
