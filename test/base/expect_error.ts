import { expect } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'

/** The BpfError that `action` throws; the test fails unless it throws one with this code. */
export function bpfErrorOf(code: string, action: () => unknown): BpfError {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  if (!(thrown instanceof BpfError)) return expect.fail(`expected a BpfError ${code}, got ${String(thrown)}`)
  expect(thrown.code, thrown.message).toBe(code)
  return thrown
}
