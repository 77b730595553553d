import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { insnIndex } from '../../src/base/units.ts'
import { readInsn } from '../../src/insn/insn.ts'
import { BPF_PSEUDO_MAP_VALUE } from '../../src/insn/opcodes.ts'
import { loadObject } from '../../src/loader/load_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from '../kernel/failing_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { bpfTest } from '../kernel/require.ts'
import { tableSpec } from '../relocate/jump_tables_object.ts'
import { BpfKernel, bufferOf, refuse, u32 } from './bpf_kernel.ts'

const spec = tableSpec()

describe('a jump table', () => {
  it('becomes a frozen map of instructions, whose value is loaded', () => {
    const kernel = new BpfKernel()
    const updates: string[] = []
    kernel.answers.BPF_MAP_UPDATE_ELEM = (attr) => {
      const value = bufferOf(attr, 'value')
      expect(value).toHaveLength(16)
      const words = [...new Uint32Array(value.slice().buffer)]
      updates.push(`${bufferOf(attr, 'key')[0]}: ${words.join(' ')}`)
      return 0
    }
    const recording = recordingKernel(kernel)
    const object = loadObject(spec, { kernel: recording.kernel })
    const created = recording.calls.filter(({ command }) => command === 'BPF_MAP_CREATE')
    expect(created.map((call) => call.arguments)).toEqual([
      { map_type: 34, key_size: 4, value_size: 16, max_entries: 1, map_name: '.jumptables' },
      { map_type: 34, key_size: 4, value_size: 16, max_entries: 2, map_name: '.jumptables' },
    ])
    // Instructions 5 and 6 of the program, of which `switches` starts at 4.
    expect(updates).toEqual(['0: 0 0 0 0', '0: 5 0 0 0', '1: 6 0 0 0'])
    expect(kernel.frozen.size).toBe(2)
    const [insns] = kernel.programs
    const [first, second] = [readInsn(insns!, insnIndex(4)), readInsn(insns!, insnIndex(5))]
    expect(first).toMatchObject({ src: BPF_PSEUDO_MAP_VALUE, off: 0, imm: [...kernel.frozen][1] })
    expect(second).toMatchObject({ imm: 0 })
    // The program holds them by now.
    for (const fd of kernel.frozen) expect(kernel.descriptors.has(fd)).toBe(false)
    object.close()
  })

  it('that the kernel does not know is an error that says since when it could', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_MAP_CREATE = (attr) =>
      u32(attr, 0) === 34 ? refuse('BPF_MAP_CREATE', 22)() : kernel.usually('BPF_MAP_CREATE', attr)
    const error = bpfErrorOf('LOAD_JUMP_TABLE_REFUSED', () => loadObject(spec, { kernel }))
    expect(error).toMatchObject({ program: 'main', section: 'tc', object: 'tables.bpf.o' })
    expect(error.message).toContain('jump table own of program main, with 1 entries')
    expect(error.message).toContain('from Linux 6.19 on')
    expect(kernel.descriptors.size).toBe(0)
  })

  it.each(['BPF_MAP_UPDATE_ELEM', 'BPF_MAP_FREEZE', 'BPF_PROG_LOAD'] as const)(
    'leaves nothing behind where %s fails',
    (command) => {
      const kernel = new BpfKernel()
      expect(() => loadObject(spec, { kernel: failingKernel(kernel, { command, errno: 12 }) })).toThrow()
      expect(kernel.descriptors.size).toBe(0)
    },
  )

  bpfTest('is taken or refused by name by the real kernel', () => {
    try {
      loadObject(spec).close()
    } catch (error) {
      expect(error instanceof BpfError ? error.code : error).toMatch(
        /^(LOAD_JUMP_TABLE_REFUSED|VERIFIER_REJECTED)$/,
      )
    }
  })
})
