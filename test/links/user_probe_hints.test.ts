import { expect, test } from 'vitest'
import { userProbeHints } from '../../src/links/user_probe_hints.ts'

test('A process that is not there is named where one was asked for', () => {
  expect(userProbeHints(42)).toMatchObject({ ESRCH: 'there is no process 42 any more' })
  expect(userProbeHints(undefined)).not.toHaveProperty('ESRCH')
})
