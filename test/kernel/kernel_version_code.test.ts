import { describe, expect, it } from 'vitest'
import { readKernelVersionCode } from '../../src/kernel/kernel_version_code.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'

const versionOf = (release: string, version = '#1 SMP', files: Record<string, string> = {}): number =>
  readKernelVersionCode(new FakeKernel({ files }), { release, version })

describe('readKernelVersionCode', () => {
  it.each([
    ['6.18.44-generic', 0x06_12_2c],
    ['5.10.0', 0x05_0a_00],
    ['4.19.325', 0x04_13_ff],
  ])('makes a number of release %s', (release, code) => {
    expect(versionOf(release)).toBe(code)
  })

  it('believes Debian’s version string more than the release', () => {
    expect(versionOf('5.10.0-8-amd64', '#1 SMP Debian 5.10.46-4 (2021-08-03)')).toBe(0x05_0a_2e)
  })

  it('believes Ubuntu’s file more than both', () => {
    const files = { '/proc/version_signature': 'Ubuntu 5.4.0-12.15-generic 5.4.8\n' }
    expect(versionOf('5.4.0-12-generic', '#15-Ubuntu SMP', files)).toBe(0x05_04_08)
  })

  it('passes over a file of another form', () => {
    expect(versionOf('5.4.1', '#1', { '/proc/version_signature': 'Something else\n' })).toBe(0x05_04_01)
  })

  it('refuses a release that begins otherwise', () => {
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => versionOf('rolling'))
    expect(error.message).toContain('"rolling"')
  })
})
