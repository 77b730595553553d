import { describe, expect, it } from 'vitest'
import { readKallsyms } from '../../src/kernel/kallsyms.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'

describe('readKallsyms', () => {
  it('gives the lines', () => {
    const text = '1 T schedule\n'
    expect(readKallsyms(new FakeKernel({ files: { '/proc/kallsyms': text } }))).toBe(text)
  })

  it('says why there may be none', () => {
    const error = bpfErrorOf('NO_KALLSYMS', () => readKallsyms(new FakeKernel()))
    expect(error.message).toContain('/proc/kallsyms (ENOENT)')
    expect(error.message).toContain('CONFIG_KALLSYMS')
  })
})
