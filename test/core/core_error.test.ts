import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { CoreError } from '../../src/core/core_error.ts'

describe('CoreError', () => {
  it('is a BpfError with its own name and what it is about', () => {
    const error = new CoreError('CORE_AMBIGUOUS', 'cannot read it', { object: 'a.bpf.o', program: 'p' })
    expect(error).toBeInstanceOf(BpfError)
    expect(error).toMatchObject({
      name: 'CoreError',
      code: 'CORE_AMBIGUOUS',
      object: 'a.bpf.o',
      program: 'p',
    })
  })
})
