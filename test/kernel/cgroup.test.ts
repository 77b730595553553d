import { describe, expect, it } from 'vitest'
import { openCgroup } from '../../src/kernel/cgroup.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { failingKernel } from './failing_kernel.ts'
import { FakeKernel } from './fake_kernel.ts'

const kernel = (): FakeKernel => new FakeKernel({ files: { '/sys/fs/cgroup/app/cgroup.procs': '' } })

describe('openCgroup', () => {
  it('opens the directory', () => {
    expect(openCgroup(kernel(), '/sys/fs/cgroup/app').what).toBe('cgroup /sys/fs/cgroup/app')
  })

  it.each([2, 20])('says that there is none (errno %i)', (errno) => {
    const failing = failingKernel(kernel(), { method: 'open', errno })
    const error = bpfErrorOf('NO_SUCH_CGROUP', () => openCgroup(failing, '/sys/fs/cgroup/x'))
    expect(error.message).toContain('/sys/fs/cgroup/x')
  })

  it('passes on any other refusal', () => {
    bpfErrorOf('EACCES', () => openCgroup(failingKernel(kernel(), { method: 'open', errno: 13 }), '/x'))
  })
})
