import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { arenaSpec } from '../loader/arena_object.ts'
import { recordingKernel } from './recording_kernel.ts'
import { featureTest } from './require.ts'

const arenaTest = featureTest({
  name: 'arenas',
  since: [6, 9],
  whyNot: () => {
    loadObject(arenaSpec()).close()
    return undefined
  },
})

describe('an arena of the real kernel', () => {
  arenaTest('has the variables where programs find them, and shows what either side writes', () => {
    const recording = recordingKernel(openKernel())
    {
      using object = loadObject(arenaSpec({ pages: 1000 }), { kernel: recording.kernel })
      const look = object.programs.get('look')!
      expect(look.testRun().retval).toBe(42)
      object.globals['second'] = 4711
      expect(look.testRun().retval).toBe(4711)
      expect({ ...object.globals }).toEqual({ first: 1n, second: 4711 })
    }
    expect(recording.openDescriptors().size).toBe(0)
    const names = recording.names()
    expect(names.filter((name) => name === 'mmap')).toHaveLength(1)
  })

  arenaTest('has what was set in the spec', () => {
    const spec = arenaSpec()
    spec.globals['second'] = 99
    using object = loadObject(spec)
    expect(object.programs.get('look')!.testRun().retval).toBe(99)
  })

  arenaTest('may have 4 GB, of which only what is touched costs memory', () => {
    using object = loadObject(arenaSpec({ pages: 1 << 20 }))
    expect(object.programs.get('look')!.testRun().retval).toBe(42)
  })

  arenaTest('lies at its address, which nothing else may have', () => {
    const address = 1n << 44n
    using object = loadObject(arenaSpec({ address }))
    expect(object.programs.get('look')!.testRun().retval).toBe(42)
    const error = bpfErrorOf('LOAD_MAP_REFUSED', () => loadObject(arenaSpec({ address })))
    expect(error.message).toContain('EEXIST')
    expect(object.programs.get('look')!.testRun().retval).toBe(42)
  })
})
