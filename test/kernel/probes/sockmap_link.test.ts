import { describe, expect, it } from 'vitest'
import { openKernel } from '../../../src/kernel/linux.ts'
import { hasSockmapLink } from '../../../src/kernel/probes/sockmap_link.ts'
import { isBefore, readKernelVersion } from '../../../src/kernel/kernel_version.ts'
import { BpfKernel, refuse } from '../../loader/bpf_kernel.ts'
import { bpfTest } from '../require.ts'

describe('hasSockmapLink', () => {
  it.each([
    [9, 'there'],
    [22, 'not there'],
    [7, 'not there'],
    [1, 'could not be asked'],
  ])('takes errno %i for %s, and keeps nothing open', (errno, kind) => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_LINK_CREATE = refuse('BPF_LINK_CREATE', errno)
    expect(hasSockmapLink(kernel).kind).toBe(kind)
    expect(kernel.descriptors.size).toBe(0)
  })

  bpfTest('says of the real kernel what its release does', () => {
    const expected = isBefore(readKernelVersion()!, [6, 10]) ? 'not there' : 'there'
    expect(hasSockmapLink(openKernel()).kind).toBe(expected)
  })
})
