import { describe, expect, it } from 'vitest'
import { readWholeFile } from '../../src/kernel/whole_file.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'

const kernelWith = (text: string): FakeKernel => new FakeKernel({ files: { '/proc/x': text } })

describe('readWholeFile', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 300_000])('reads a file of %i bytes, and closes it', (size) => {
    const kernel = kernelWith('a'.repeat(size))
    const bytes = Buffer.from(readWholeFile(kernel, '/proc/x', 1_000_000))
    expect(bytes.equals(Buffer.alloc(size, 'a'))).toBe(true)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('gives up on a file that has no end in sight, and closes it', () => {
    const kernel = kernelWith('a'.repeat(1001))
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => readWholeFile(kernel, '/proc/x', 1000))
    expect(error.message).toContain('/proc/x has more than 1000 bytes')
    expect(kernel.descriptors.size).toBe(0)
  })

  it('passes on that there is no such file', () => {
    bpfErrorOf('ENOENT', () => readWholeFile(kernelWith(''), '/proc/y', 1000))
  })
})
