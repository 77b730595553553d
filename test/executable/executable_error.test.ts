import { expect, test } from 'vitest'
import { ExecutableError } from '../../src/executable/executable_error.ts'

test('An ExecutableError begins with the file', () => {
  const error = new ExecutableError('EXECUTABLE_NO_USDT', 'it has no USDT probes', { object: '/bin/x' })
  expect(error).toMatchObject({
    name: 'ExecutableError',
    code: 'EXECUTABLE_NO_USDT',
    object: '/bin/x',
    message: '/bin/x: it has no USDT probes',
  })
})
