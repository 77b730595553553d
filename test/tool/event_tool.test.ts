import { describe, expect } from 'vitest'
import { exit, movImm } from '../../src/insn/assemble.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { leaveOutMissing } from '../../src/tool/event_tool.ts'
import { tracepointTest } from '../kernel/require.ts'
import { writeObject } from '../object/object_writer.ts'

const insns = [movImm(0, 0), exit()]

describe('leaveOutMissing', () => {
  tracepointTest('takes programs out of the load whose tracepoint this kernel does not have', () => {
    const bytes = writeObject({
      programs: [
        { name: 'there', section: 'tp/sched/sched_process_exec', insns },
        { name: 'missing', section: 'tp/syscalls/sys_enter_of_no_kernel', insns },
        { name: 'needed', section: 'tp/syscalls/sys_exit_of_no_kernel', insns },
        { name: 'other', section: 'raw_tp/of_no_kernel', insns },
      ],
    })
    const spec = parseObject(bytes, 'optional.bpf.o')
    leaveOutMissing(spec, ['there', 'missing', 'other', 'no program'])
    expect([...spec.programs].map(([name, { autoload }]) => [name, autoload])).toEqual([
      ['there', true],
      ['missing', false],
      ['needed', true],
      ['other', true],
    ])
  })
})
