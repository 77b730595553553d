import { describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { PermissionError } from '../../src/kernel/capabilities.ts'
import { LoadError } from '../../src/loader/load_error.ts'
import { missingMapError } from '../../src/loader/missing_map.ts'

describe('missingMapError', () => {
  it('keeps class, code and cause, and says who needs the map', () => {
    const cause = new BpfError('X', 'x')
    const why = new LoadError('LOAD_PIN_FAILED', 'a.o: cannot pin map m', { object: 'a.o', map: 'm', cause })
    const error = missingMapError(why, 'm', ['p', 'q'])
    expect(error).toBeInstanceOf(LoadError)
    expect(error).toMatchObject({
      code: 'LOAD_PIN_FAILED',
      object: 'a.o',
      map: 'm',
      program: undefined,
      cause,
    })
    expect(error.message).toBe('a.o: cannot pin map m; programs p and q refer to it')
  })

  it('names the program as its subject where there is one only', () => {
    const error = missingMapError(new PermissionError('no', ['CAP_BPF']), 'm', ['p'])
    expect(error).toBeInstanceOf(PermissionError)
    expect(error).toMatchObject({ missing: ['CAP_BPF'], program: 'p', message: 'no; program p refers to it' })
  })

  it('makes a load error of anything else', () => {
    const why = new BpfError('ABI', 'no')
    expect(missingMapError(why, 'm', ['p'])).toMatchObject({ code: 'LOAD_MAP_REFUSED', cause: why })
  })
})
