import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { ObjectError } from '../../src/object/object_error.ts'

describe('ObjectError', () => {
  it('is a BpfError with its own name and what it is about', () => {
    const error = new ObjectError('OBJECT_BAD_MAP', 'cannot read it', { object: 'a.bpf.o', map: 'counts' })
    expect(error).toBeInstanceOf(BpfError)
    expect(error).toMatchObject({
      name: 'ObjectError',
      code: 'OBJECT_BAD_MAP',
      object: 'a.bpf.o',
      map: 'counts',
    })
  })
})
