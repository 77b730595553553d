import { describe, expect } from 'vitest'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { nextMapId, openMapById, openPinnedMap } from '../../src/kernel/map_calls.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { bpfTest } from './require.ts'

const EPERM = 1
const NO_SUCH_ID = 0x7fff_fff0

describe('finding maps', () => {
  bpfTest('goes through all ids, and opens one by its id', () => {
    const kernel = openKernel()
    using map = createMap(kernel, { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 })
    expect(map.fd).toBeGreaterThan(0)
    const id = nextMapId(kernel, 0) ?? expect.fail('there is a map')
    using opened = openMapById(kernel, id, 0)
    expect(opened?.closed).not.toBe(true)
  })

  bpfTest('has nothing for what is not there', () => {
    const kernel = openKernel()
    expect(nextMapId(kernel, NO_SUCH_ID)).toBeUndefined()
    expect(openMapById(kernel, NO_SUCH_ID, 0)).toBeUndefined()
    expect(openPinnedMap(kernel, '/proc/no/such/map', 0)).toBeUndefined()
  })

  bpfTest('throws what else the kernel says', () => {
    const kernel = failingKernel(openKernel(), { method: 'bpf', errno: EPERM })
    bpfErrorOf('EPERM', () => nextMapId(kernel, 0))
    bpfErrorOf('EPERM', () => openMapById(kernel, 1, 0))
    bpfErrorOf('EPERM', () => openPinnedMap(kernel, '/sys/fs/bpf/x', 0))
  })
})
