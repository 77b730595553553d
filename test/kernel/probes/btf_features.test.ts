import { describe, expect, it } from 'vitest'
import { Btf } from '../../../src/btf/btf.ts'
import { type BtfFeature, usedFeatures } from '../../../src/btf/sanitize.ts'
import { openKernel } from '../../../src/kernel/linux.ts'
import type { KernelVersion } from '../../../src/kernel/kernel_version.ts'
import { hasBtfFloats, hasBtfLayout, lackingBtfFeatures } from '../../../src/kernel/probes/btf_features.ts'
import { BpfKernel, bufferOf, refuse } from '../../loader/bpf_kernel.ts'
import { refuseFeatures } from '../../loader/old_btf.ts'
import { featureTest } from '../require.ts'

/** The releases that brought them. */
const SINCE: Readonly<Record<BtfFeature, KernelVersion>> = {
  functions: [5, 0],
  'global functions': [5, 6],
  datasecs: [5, 2],
  'optional datasecs': [6, 9],
  floats: [5, 13],
  'declaration tags': [5, 16],
  'type tags': [5, 17],
  enum64: [6, 0],
  layout: [7, 1],
}

const ALL: ReadonlySet<BtfFeature> = new Set(Object.keys(SINCE) as BtfFeature[])

function oldKernel(...lacking: readonly BtfFeature[]): BpfKernel {
  const kernel = new BpfKernel()
  kernel.answers.BPF_BTF_LOAD = (attr) => {
    refuseFeatures(attr, lacking)
    return kernel.usually('BPF_BTF_LOAD', attr)
  }
  return kernel
}

describe('lackingBtfFeatures', () => {
  it.each([...ALL])('finds that a kernel lacks %s', (feature) => {
    const kernel = oldKernel(feature)
    expect([...lackingBtfFeatures(kernel, ALL)]).toContain(feature)
    expect(kernel.descriptors.size).toBe(0)
  })

  it('finds that a kernel lacks nothing, and asks it once', () => {
    const kernel = oldKernel()
    let asked = 0
    const loads = kernel.answers.BPF_BTF_LOAD
    kernel.answers.BPF_BTF_LOAD = (attr) => {
      asked++
      return loads?.(attr) ?? 0
    }
    expect(lackingBtfFeatures(kernel, ALL).size).toBe(0)
    expect(lackingBtfFeatures(kernel, ALL).size).toBe(0)
    expect(asked).toBe(ALL.size)
  })

  it('asks for what is wanted only, each with BTF that uses nothing newer', () => {
    const kernel = new BpfKernel()
    const asked: BtfFeature[][] = []
    kernel.answers.BPF_BTF_LOAD = (attr) => {
      asked.push([...usedFeatures(Btf.parse(bufferOf(attr, 'btf'), { name: 'probe' }))])
      return kernel.usually('BPF_BTF_LOAD', attr)
    }
    lackingBtfFeatures(kernel, new Set<BtfFeature>(['floats', 'declaration tags', 'type tags', 'enum64']))
    expect(asked).toEqual([['floats'], ['declaration tags'], ['type tags'], ['enum64']])
  })

  it('does not take a kernel that may not be asked for one that lacks everything', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_LOAD = refuse('BPF_BTF_LOAD', 1)
    expect(hasBtfFloats(kernel).kind).toBe('could not be asked')
    expect(lackingBtfFeatures(kernel, ALL).size).toBe(0)
  })

  it('knows E2BIG, which is how a kernel refuses a longer header', () => {
    const kernel = new BpfKernel()
    kernel.answers.BPF_BTF_LOAD = refuse('BPF_BTF_LOAD', 7)
    expect(hasBtfLayout(kernel).kind).toBe('not there')
  })

  for (const [feature, since] of Object.entries(SINCE)) {
    const missing = (): boolean => lackingBtfFeatures(openKernel(), ALL).has(feature as BtfFeature)
    const whyNot = (): string | undefined => (missing() ? 'BPF_BTF_LOAD refuses them' : undefined)
    featureTest({ name: `BTF: ${feature}`, since, whyNot })(`finds that this kernel has ${feature}`, () => {
      expect(missing()).toBe(false)
    })
  }
})
