import { expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { LinkerError } from '../../src/static_linker/linker_error.ts'

it('LinkerError names both objects and the symbol', () => {
  const error = new LinkerError('LINK_DUPLICATE_SYMBOL', 'twice', {
    object: 'b.o',
    otherObject: 'a.o',
    symbol: 'x',
  })
  expect(error).toBeInstanceOf(BpfError)
  expect(error).toMatchObject({
    name: 'LinkerError',
    code: 'LINK_DUPLICATE_SYMBOL',
    object: 'b.o',
    otherObject: 'a.o',
  })
  expect(error.symbol).toBe('x')
})
