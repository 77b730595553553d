import { describe, expect, it } from 'vitest'
import { trafficDirection } from '../../src/links/traffic_direction.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel } from '../loader/bpf_kernel.ts'
import { programIn } from './program_in.ts'

function directionOf(section: string, direction?: 'ingress' | 'egress'): string {
  const kernel = new BpfKernel()
  return trafficDirection({ kernel, program: programIn(kernel, section), observer: undefined }, { direction })
}

describe('trafficDirection', () => {
  it.each([
    ['tc/ingress', undefined, 'ingress'],
    ['tcx/egress', undefined, 'egress'],
    ['tc', 'egress', 'egress'],
    ['tc/ingress', 'egress', 'egress'],
  ] as const)('of section %s and target %s is %s', (section, target, direction) => {
    expect(directionOf(section, target)).toBe(direction)
  })

  it.each(['tc', 'classifier', 'netkit/peer'])('of section %s alone is not known', (section) => {
    expect(bpfErrorOf('ATTACH_NO_TARGET', () => directionOf(section)).message).toContain(
      "'ingress' or 'egress'",
    )
  })
})
