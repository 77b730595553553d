import { describe, expect, it } from 'vitest'
import { usdtSpecsOf } from '../../src/loader/usdt_specs_of.ts'
import { usdtMaps } from '../links/usdt_maps.ts'
import { BpfKernel } from './bpf_kernel.ts'

const kernel = new BpfKernel()
const { btf, specs } = usdtMaps(kernel, 'libbpf 1.6')

function mapsOf(...names: readonly string[]): Parameters<typeof usdtSpecsOf>[2] {
  const attributes = { maxEntries: 7, valueType: specs.valueType }
  return new Map(names.map((name) => [name, { fd: kernel.allocate(name), attributes }]))
}

describe('usdtSpecsOf', () => {
  it('makes them of the maps of <bpf/usdt.bpf.h>, once', () => {
    const usdt = usdtSpecsOf(kernel, { btf }, mapsOf('__bpf_usdt_specs', '__bpf_usdt_ip_to_spec_id'))
    expect(usdt()?.capacity).toBe(7)
    expect(usdt()).toBe(usdt())
  })

  it('has none where a map is missing, or the types are', () => {
    expect(usdtSpecsOf(kernel, { btf }, mapsOf('__bpf_usdt_specs'))()).toBeUndefined()
    expect(usdtSpecsOf(kernel, { btf }, mapsOf('__bpf_usdt_ip_to_spec_id'))()).toBeUndefined()
    const both = mapsOf('__bpf_usdt_specs', '__bpf_usdt_ip_to_spec_id')
    expect(usdtSpecsOf(kernel, { btf: undefined }, both)()).toBeUndefined()
  })
})
