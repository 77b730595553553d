import { describe, expect, it } from 'vitest'
import { syscallResult } from '../../src/tool/syscall_result.ts'

describe('syscallResult', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [-2, 'ENOENT'],
    [-512, 'ERESTARTSYS'],
    [-4000, 'errno 4000'],
  ])('says of %i %s', (returned, said) => {
    expect(syscallResult(returned)).toBe(said)
  })
})
