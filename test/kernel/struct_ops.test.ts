import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { congestionControl, isRegistered, NAME } from './congestion_control.ts'
import { recordingKernel } from './recording_kernel.ts'
import { featureTest } from './require.ts'

const spec = (section: string): ObjectSpec => parseObject(writeObject(congestionControl(section)), 'cc.bpf.o')

const loads = (section: string) => (): undefined => {
  loadObject(spec(section)).close()
}

const tests = {
  '.struct_ops': featureTest({ name: 'struct_ops', since: [5, 6], whyNot: loads('.struct_ops') }),
  '.struct_ops.link': featureTest({
    name: 'struct_ops by link',
    since: [6, 4],
    whyNot: loads('.struct_ops.link'),
  }),
} as const
const structOpsTest = tests['.struct_ops']

describe('a struct_ops map of the real kernel', () => {
  structOpsTest('is loaded without being registered', () => {
    const recording = recordingKernel(openKernel())
    {
      using object = loadObject(spec('.struct_ops'), { kernel: recording.kernel })
      expect([...object.programs.keys()]).toEqual(['ssthresh', 'cong_avoid', 'undo_cwnd'])
      expect(object.attach()).toEqual([])
      expect(isRegistered(NAME)).toBe(false)
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  for (const section of ['.struct_ops', '.struct_ops.link'] as const) {
    tests[section](`of ${section} is registered as what it is called, until its link is closed`, () => {
      const object = loadObject(spec(section))
      const link = object.registerStructOps('ops')
      try {
        expect(isRegistered(NAME)).toBe(true)
      } finally {
        link.close()
      }
      expect(isRegistered(NAME)).toBe(false)
      object.close()
    })
  }

  tests['.struct_ops.link']('has what was set in the spec, and is unregistered with its object', () => {
    const changed = spec('.struct_ops.link')
    changed.structOps['ops']!['name'] = `${NAME}2`
    {
      using object = loadObject(changed)
      object.registerStructOps('ops')
      expect([isRegistered(NAME), isRegistered(`${NAME}2`)]).toEqual([false, true])
    }
    expect(isRegistered(`${NAME}2`)).toBe(false)
  })

  tests['.struct_ops.link']('that the kernel finds incomplete is refused when it is registered', () => {
    const changed = spec('.struct_ops.link')
    changed.structOps['ops']!['undo_cwnd'] = null
    using object = loadObject(changed)
    expect([...object.programs.keys()]).toEqual(['ssthresh', 'cong_avoid'])
    const error = bpfErrorOf('ATTACH_FAILED', () => object.registerStructOps('ops'))
    expect(error.message).toContain('EINVAL')
    bpfErrorOf('OBJECT_UNKNOWN_NAME', () => object.registerStructOps('other'))
  })
})
