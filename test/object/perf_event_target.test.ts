import { describe, expect, it } from 'vitest'
import { perf_hw_id, perf_sw_ids } from '../../src/abi/generated/bpf.ts'
import type { HardwareEvent, SoftwareEvent } from '../../src/object/perf_event_target.ts'

/** How the kernel's enumerators are called here. */
const named = (enumerators: object, prefix: string): readonly string[] =>
  Object.keys(enumerators).map((name) => name.replace(prefix, '').toLowerCase())

describe('the names of perf events', () => {
  it('are those of the kernel', () => {
    const hardware: readonly HardwareEvent[] = ['cpu_cycles', 'instructions', 'ref_cpu_cycles']
    const software: readonly SoftwareEvent[] = ['cpu_clock', 'page_faults', 'context_switches']
    expect(named(perf_hw_id, 'PERF_COUNT_HW_')).toEqual(expect.arrayContaining([...hardware]))
    expect(named(perf_sw_ids, 'PERF_COUNT_SW_')).toEqual(expect.arrayContaining([...software]))
  })
})
