import { describe, expect, it } from 'vitest'
import { ONLINE_CPUS_PATH, parseCpuList, readOnlineCpus } from '../../src/kernel/cpu_list.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { countPossibleCpus } from '../../src/kernel/possible_cpus.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from './fake_kernel.ts'
import { linuxTest } from './require.ts'

describe('parseCpuList', () => {
  it.each([
    ['0\n', [0]],
    ['0-3\n', [0, 1, 2, 3]],
    ['0-2,8', [0, 1, 2, 8]],
    ['1,3,5-6', [1, 3, 5, 6]],
  ])('reads %j as %j', (list, cpus) => {
    expect(parseCpuList(list)).toEqual(cpus)
  })

  it.each(['', '\n', 'a', '0-', '-3', '3-0', '0,,1', '0-3,2', '0-99999999', '0 1', '0x1', '0-3\n\n'])(
    'takes %j for no list',
    (list) => {
      expect(parseCpuList(list)).toBeUndefined()
    },
  )
})

describe('readOnlineCpus', () => {
  it('reads the list of the kernel, and closes the file', () => {
    const kernel = new FakeKernel({ files: { [ONLINE_CPUS_PATH]: '0,2-3\n' } })
    expect(readOnlineCpus(kernel)).toEqual([0, 2, 3])
    expect(kernel.descriptors.size).toBe(0)
  })

  it('says what it read where that is no list', () => {
    const kernel = new FakeKernel({ files: { [ONLINE_CPUS_PATH]: 'some' } })
    const error = bpfErrorOf('UNEXPECTED_CONTENT', () => readOnlineCpus(kernel))
    expect(error.message).toContain('should be a list of cpus such as 0-3,8, and reads "some"')
  })

  linuxTest('names no more cpus than there can be', () => {
    const online = readOnlineCpus(openKernel())
    expect(online.length).toBeGreaterThan(0)
    expect(online.length).toBeLessThanOrEqual(countPossibleCpus(openKernel()))
  })
})
