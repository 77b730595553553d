import { expect } from 'vitest'
import { BtfError, type BtfErrorCode } from '../../src/btf/btf_error.ts'

/** The BtfError that `action` throws; fails unless it has this code. */
export function expectBtfError(action: () => unknown, code: BtfErrorCode): BtfError {
  let thrown: unknown
  try {
    action()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(BtfError)
  if (!(thrown instanceof BtfError)) throw new Error('unreachable')
  expect(thrown.code).toBe(code)
  return thrown
}
