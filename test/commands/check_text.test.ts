import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/check/finding.ts'
import { checkText } from '../../src/commands/check_text.ts'

const missing: Finding = {
  verdict: 'no',
  subject: 'CO-RE',
  of: 'main',
  line: { fileName: 'a.bpf.c', lineNumber: 7, text: 'x = task->gone;' },
  why: 'struct task_struct.gone is not there',
}
const values = (offset: bigint): ReadonlyMap<string, bigint> =>
  new Map([['field_byte_offset of struct t.a', offset]])

describe('checkText', () => {
  it('is a table, the reasons of kernels that share them, and what differs', () => {
    const checks = [
      { kernel: '5.10', check: { verdict: 'no' as const, findings: [missing], values: values(8n) } },
      { kernel: '6.1', check: { verdict: 'no' as const, findings: [missing], values: values(8n) } },
      { kernel: '6.12', check: { verdict: 'yes' as const, findings: [], values: values(16n) } },
    ]
    expect(checkText([{ object: 'a.bpf.o', checks }])).toBe(
      [
        '         5.10  6.1  6.12',
        'a.bpf.o  no    no   yes',
        '',
        'a.bpf.o on 5.10, 6.1:',
        '  no: CO-RE, main: struct task_struct.gone is not there',
        '    a.bpf.c:7: x = task->gone;',
        '',
        'a.bpf.o, what differs from kernel to kernel:',
        '                                   5.10  6.1  6.12',
        '  field_byte_offset of struct t.a  8     8    16',
        '',
      ].join('\n'),
    )
  })

  it('is the table alone where there is nothing to say', () => {
    const checks = [{ kernel: 'k', check: { verdict: 'yes' as const, findings: [], values: values(8n) } }]
    expect(checkText([{ object: 'a.bpf.o', checks }])).toBe('         k\na.bpf.o  yes\n')
  })
})
