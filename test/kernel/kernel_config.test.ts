import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeKernelConfig, kernelConfigPaths, readKernelConfig } from '../../src/kernel/kernel_config.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { kernelTest } from './require.ts'

const configTest = kernelTest("the kernel's configuration", () => {
  readKernelConfig(openKernel())
  return undefined
})

describe('readKernelConfig', () => {
  const paths = ['/boot/config-6.18', '/proc/config.gz']

  it('takes the first that is there', () => {
    const both = new FakeKernel({
      files: { '/boot/config-6.18': 'CONFIG_A=y\n', '/proc/config.gz': 'CONFIG_B=y\n' },
    })
    expect(readKernelConfig(both, paths)).toEqual({ name: '/boot/config-6.18', text: 'CONFIG_A=y\n' })
    const second = new FakeKernel({ files: { '/proc/config.gz': 'CONFIG_B=y\n' } })
    expect(readKernelConfig(second, paths)).toEqual({ name: '/proc/config.gz', text: 'CONFIG_B=y\n' })
  })

  it('says where it looked for one', () => {
    const error = bpfErrorOf('NO_KERNEL_CONFIG', () => readKernelConfig(new FakeKernel(), paths))
    expect(error.message).toContain('/boot/config-6.18 (ENOENT) and /proc/config.gz (ENOENT)')
  })

  it('looks where distributions put it, then where the kernel does', () => {
    expect(kernelConfigPaths()).toEqual([expect.stringMatching(/^\/boot\/config-\d/), '/proc/config.gz'])
  })

  configTest('reads the running kernel’s', () => {
    expect(readKernelConfig(openKernel()).text).toMatch(/^CONFIG_BPF_SYSCALL=y$/m)
  })
})

describe('decodeKernelConfig', () => {
  const text = 'CONFIG_A=y\n'.repeat(1000)

  it('reads text, and text that gzip compressed', () => {
    expect(decodeKernelConfig(new TextEncoder().encode(text), 'x')).toBe(text)
    expect(decodeKernelConfig(gzipSync(text), 'x')).toBe(text)
  })

  it.each([
    ['cut off', gzipSync(text).subarray(0, 40)],
    ['damaged', gzipSync(text).fill(0xff, 12, 30)],
    ['a bomb', gzipSync(new Uint8Array(64 << 20))],
  ])('refuses what is %s', (_, bytes) => {
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => decodeKernelConfig(bytes, '/proc/config.gz'))
    expect(error.message).toContain('/proc/config.gz cannot be decompressed')
  })
})
