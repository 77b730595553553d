import { describe, expect, it } from 'vitest'
import { availableParallelism } from 'node:os'
import { openKernel } from '../../src/kernel/linux.ts'
import { countPossibleCpus, POSSIBLE_CPUS_PATH } from '../../src/kernel/possible_cpus.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { linuxTest } from './require.ts'

describe('countPossibleCpus', () => {
  it.each([
    ['0\n', 1],
    ['0-5\n', 6],
    ['0-8191\n', 8192],
    ['1,3,5-6', 4],
  ])('counts %j as %i, and closes the file', (list, count) => {
    const kernel = new FakeKernel({ files: { [POSSIBLE_CPUS_PATH]: list } })
    expect(countPossibleCpus(kernel)).toBe(count)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('says what it read where that is no list', () => {
    const kernel = new FakeKernel({ files: { [POSSIBLE_CPUS_PATH]: 'many' } })
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => countPossibleCpus(kernel))
    expect(error.message).toContain('should be a list of cpus such as 0-3,8, and reads "many"')
  })

  it('fails with the errno where there is no such file', () => {
    bpfErrorOf('ENOENT', () => countPossibleCpus(new FakeKernel()))
  })

  linuxTest('counts at least the cpus that this process may use', () => {
    expect(countPossibleCpus(openKernel())).toBeGreaterThanOrEqual(availableParallelism())
  })
})
