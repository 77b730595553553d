import { describe, expect } from 'vitest'
import { tracepointArguments } from '../../src/tool/tracepoint.ts'
import { kernelBtfTest } from '../kernel/require.ts'

describe('the arguments of a raw tracepoint', () => {
  kernelBtfTest('are those of this kernel', () => {
    expect(tracepointArguments('sys_enter')).toBe(2)
    // Linux 5.18 added the state of the previous task.
    expect([3, 4]).toContain(tracepointArguments('sched_switch'))
  })

  kernelBtfTest('are undefined where there is no such tracepoint', () => {
    expect(tracepointArguments('no_such_tracepoint')).toBeUndefined()
  })
})
