import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { reportError } from '../../src/tool/report_error.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { ProgramsError } from '../../src/loader/programs_error.ts'
import { AttachError } from '../../src/links/attach_error.ts'

function report(error: unknown): { code: number; text: string } {
  let text = ''
  const code = reportError(error, { write: (part) => (text += part) })
  return { code, text }
}

const permission = new PermissionError('not permitted: this process lacks CAP_BPF', ['CAP_BPF'])

describe('reportError', () => {
  it('shows the message of a BpfError alone, and the code 1', () => {
    expect(report(new BpfError('NO_KERNEL_BTF', 'there is no BTF'))).toEqual({
      code: 1,
      text: 'rawbpf: there is no BTF\n',
    })
  })

  it('begins with the name of the program', () => {
    let text = ''
    reportError(
      new BpfError('NO_KERNEL_BTF', 'there is no BTF'),
      { write: (part) => (text += part) },
      'mysnoop',
    )
    expect(text).toBe('mysnoop: there is no BTF\n')
  })

  it('gives 77 where a right is missing', () => {
    expect(report(permission)).toEqual({ code: 77, text: `rawbpf: ${permission.message}\n` })
  })

  it('gives 77 where that is the cause, or the cause of the cause', () => {
    const attach = new AttachError('ATTACH_FAILED', 'cannot attach', { program: 'main', cause: permission })
    expect(report(attach).code).toBe(77)
    expect(report(new BpfError('OUTER', 'it failed', { cause: attach })).code).toBe(77)
  })

  it('gives 77 where each of several failures is for want of a right', () => {
    const codeOf = (...errors: readonly BpfError[]): number => {
      const failures = errors.map((error, index) => ({ program: `p${index}`, error }))
      return report(new ProgramsError({ fileName: 'a.o', programCount: 2, failures, mapFailures: [] })).code
    }
    expect(codeOf(permission, permission)).toBe(77)
    expect(codeOf(permission, new BpfError('OTHER', 'another reason'))).toBe(1)
  })

  it('shows the stack of what is a bug of the program', () => {
    const { code, text } = report(new TypeError('x is undefined'))
    expect(code).toBe(1)
    expect(text).toMatch(/^rawbpf: internal error: TypeError: x is undefined\n {4}at /)
  })

  it('shows what was thrown that is no error', () => {
    expect(report('a string')).toEqual({ code: 1, text: 'rawbpf: internal error: a string\n' })
    expect(report(undefined).code).toBe(1)
  })
})
