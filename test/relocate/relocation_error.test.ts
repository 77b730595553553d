import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { RelocationError } from '../../src/relocate/relocation_error.ts'

describe('RelocationError', () => {
  it('is a BpfError with its own name and what it is about', () => {
    const error = new RelocationError('RELOCATION_BAD_TARGET', 'cannot read it', {
      object: 'a.bpf.o',
      program: 'p',
    })
    expect(error).toBeInstanceOf(BpfError)
    expect(error).toMatchObject({
      name: 'RelocationError',
      code: 'RELOCATION_BAD_TARGET',
      object: 'a.bpf.o',
      program: 'p',
    })
  })
})
