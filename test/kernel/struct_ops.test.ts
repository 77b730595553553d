import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from '../object/object_writer.ts'
import { recordingKernel } from './recording_kernel.ts'
import { featureTest } from './require.ts'

/** A congestion control that nothing uses: no socket asks for it by name, and it is not the default. */
const NAME = 'rawbpf_test'

function spec(section: string): ObjectSpec {
  const returns = (
    name: string,
    value: number,
  ): { name: string; section: string; insns: ReturnType<typeof exit>[] } => ({
    name,
    section: 'struct_ops',
    insns: [movImm(0, value), exit()],
  })
  const bytes = new Array<number>(40).fill(0)
  bytes.splice(24, NAME.length, ...new TextEncoder().encode(NAME))
  return parseObject(
    writeObject({
      programs: [returns('ssthresh', 2), returns('cong_avoid', 0), returns('undo_cwnd', 3)],
      types: (builder, types) => {
        const pointer = builder.addPtr(builder.addFuncProto(types['int']!, []))
        const char = builder.addInt('char', 1, { encoding: 'signed' })
        const functions = ['ssthresh', 'cong_avoid', 'undo_cwnd']
        return {
          ops: builder.addStruct('tcp_congestion_ops', 40, [
            ...functions.map((name, index) => ({ name, type: pointer, bitOffset: index * 64 })),
            { name: 'name', type: builder.addArray(char, types['int']!, 16), bitOffset: 192 },
          ]),
        }
      },
      data: { [section]: [{ name: 'ops', type: 'ops', bytes }] },
      pointers: {
        [section]: [
          { offset: 0, symbol: 'ssthresh' },
          { offset: 8, symbol: 'cong_avoid' },
          { offset: 16, symbol: 'undo_cwnd' },
        ],
      },
    }),
    'cc.bpf.o',
  )
}

const registered = (name: string): boolean =>
  readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8')
    .trim()
    .split(/\s+/)
    .includes(name)

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
      expect(registered(NAME)).toBe(false)
    }
    expect(recording.openDescriptors().size).toBe(0)
  })

  for (const section of ['.struct_ops', '.struct_ops.link'] as const) {
    tests[section](`of ${section} is registered as what it is called, until its link is closed`, () => {
      const object = loadObject(spec(section))
      const link = object.registerStructOps('ops')
      try {
        expect(registered(NAME)).toBe(true)
      } finally {
        link.close()
      }
      expect(registered(NAME)).toBe(false)
      object.close()
    })
  }

  tests['.struct_ops.link']('has what was set in the spec, and is unregistered with its object', () => {
    const changed = spec('.struct_ops.link')
    changed.structOps['ops']!['name'] = `${NAME}2`
    {
      using object = loadObject(changed)
      object.registerStructOps('ops')
      expect([registered(NAME), registered(`${NAME}2`)]).toEqual([false, true])
    }
    expect(registered(`${NAME}2`)).toBe(false)
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
