import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'

class StageError extends BpfError {}

describe('BpfError', () => {
  it('has a code for programs and a message for people', () => {
    const error = new BpfError('STAGE_BROKEN', 'cannot do it')
    expect(error).toBeInstanceOf(Error)
    expect(error.code).toBe('STAGE_BROKEN')
    expect(error.message).toBe('cannot do it')
  })

  it('says what it is about, and only that', () => {
    const { object, section, program, map, offset } = new BpfError('STAGE_BROKEN', 'cannot do it', {
      object: 'a.bpf.o',
      section: '.maps',
      map: 'counts',
    })
    expect({ object, section, program, map, offset }).toEqual({
      object: 'a.bpf.o',
      section: '.maps',
      program: undefined,
      map: 'counts',
      offset: undefined,
    })
  })

  it('is named after its subclass, in the property and in the stack', () => {
    const error = new StageError('STAGE_BROKEN', 'cannot do it')
    expect(error.name).toBe('StageError')
    expect(String(error)).toBe('StageError: cannot do it')
  })

  it('keeps its cause, an undefined one too', () => {
    const cause = new Error('the first trouble')
    expect(new BpfError('STAGE_BROKEN', 'cannot do it', { cause }).cause).toBe(cause)
    expect(Object.hasOwn(new BpfError('STAGE_BROKEN', 'x', { cause: undefined }), 'cause')).toBe(true)
    expect(Object.hasOwn(new BpfError('STAGE_BROKEN', 'x'), 'cause')).toBe(false)
  })
})
