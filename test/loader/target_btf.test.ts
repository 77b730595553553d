import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import type { LoadStep } from '../../src/loader/steps.ts'
import { runningKernelBtf } from '../../src/loader/target_btf.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { kernelBtfTest } from '../kernel/require.ts'

describe('runningKernelBtf', () => {
  kernelBtfTest('is indexed once, also through a wrapper of the same kernel, and reported each time', () => {
    const kernel = openKernel()
    const steps: LoadStep[] = []
    const first = runningKernelBtf(kernel, (step) => steps.push(step))
    const second = runningKernelBtf(recordingKernel(kernel).kernel, (step) => steps.push(step))
    expect(second).toBe(first)
    expect(first.find('task_struct', 'struct')).toBeDefined()
    expect(steps.map(({ kind }) => kind)).toEqual(['target-btf-read', 'target-btf-read'])
  })

  kernelBtfTest("is not another kernel's", () => {
    runningKernelBtf(openKernel(), undefined)
    bpfErrorOf('NO_KERNEL_BTF', () => runningKernelBtf(new FakeKernel(), undefined))
  })
})
