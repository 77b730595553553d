import { describe, expect, it } from 'vitest'
import { usdtSpec } from '../../src/executable/usdt_spec.ts'
import { UsdtSpecs } from '../../src/links/usdt_specs.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { BpfKernel, bufferOf, fail, u32 } from '../loader/bpf_kernel.ts'
import { usdtMaps, type UsdtHeader } from './usdt_maps.ts'

const INDEXED = { kind: 'indexed', register: 32, offset: 8n, index: 80, scale: 4 } as const

function open(
  header: UsdtHeader = 'libbpf 1.6',
  maxEntries = 256,
): { fake: BpfKernel; specs: UsdtSpecs; written: Map<number, Uint8Array>; addresses: Map<bigint, number> } {
  const fake = new BpfKernel()
  const maps = usdtMaps(fake, header, maxEntries)
  const written = new Map<number, Uint8Array>()
  const addresses = new Map<bigint, number>()
  const keyOf = (key: Uint8Array): bigint => new DataView(key.buffer).getBigUint64(0, true)
  fake.answers.BPF_MAP_UPDATE_ELEM = (attr) => {
    const [key, value] = ['key', 'value'].map((field) => bufferOf(attr, field).slice()) as [
      Uint8Array,
      Uint8Array,
    ]
    if (u32(attr, 0) === maps.specs.fd) written.set(new DataView(key.buffer).getUint32(0, true), value)
    else if (addresses.has(keyOf(key))) fail('bpf', 'BPF_MAP_UPDATE_ELEM', 17)
    else addresses.set(keyOf(key), new DataView(value.buffer).getUint32(0, true))
    return 0
  }
  fake.answers.BPF_MAP_DELETE_ELEM = (attr) => {
    addresses.delete(keyOf(bufferOf(attr, 'key').slice()))
    return 0
  }
  return { fake, specs: new UsdtSpecs(fake, maps), written, addresses }
}

const none = (): ReturnType<typeof usdtSpec> => usdtSpec([], 0n)

describe('UsdtSpecs', () => {
  it('gives each way to pass arguments a number, and the same way the same one', () => {
    const { specs, written } = open()
    const loan = specs.lend()
    expect(['a', 'b', 'a'].map((text) => loan.idOf(text, none))).toEqual([0, 1, 0])
    expect([...written.keys()]).toEqual([0, 1])
  })

  it('shares nothing between attachments, whose cookies differ', () => {
    const { specs } = open()
    expect([specs.lend(), specs.lend()].map((loan) => loan.idOf('a', none))).toEqual([0, 1])
  })

  it('takes back the numbers of an attachment that was closed, once', () => {
    const { specs } = open('libbpf 1.6', 2)
    const loan = specs.lend()
    expect(['a', 'b', 'c'].map((text) => loan.idOf(text, none))).toEqual([0, 1, undefined])
    loan.close()
    loan.close()
    expect(loan.closed).toBe(true)
    const next = specs.lend()
    expect(['a', 'b', 'c'].map((text) => next.idOf(text, none))).toEqual([1, 0, undefined])
  })

  it('knows addresses as long as the attachment is there, and one once only', async () => {
    const { specs, addresses } = open()
    const loan = specs.lend()
    loan.addAddress(0x1000n, 3)
    expect([...addresses]).toEqual([[0x1000n, 3]])
    bpfErrorOf('EEXIST', () => {
      specs.lend().addAddress(0x1000n, 4)
    })
    await loan.closeAsync()
    expect(addresses.size).toBe(0)
  })

  it('takes the numbers back although an address cannot be deleted', () => {
    const { specs, fake } = open('libbpf 1.6', 1)
    const loan = specs.lend()
    loan.idOf('a', none)
    loan.addAddress(1n, 0)
    fake.answers.BPF_MAP_DELETE_ELEM = () => fail('bpf', 'BPF_MAP_DELETE_ELEM', 12)
    bpfErrorOf('ENOMEM', () => {
      loan.close()
    })
    expect(specs.lend().idOf('a', none)).toBe(0)
  })
})

describe('what is written for the program', () => {
  const first = (header: UsdtHeader, location: Parameters<typeof usdtSpec>[0][0]['location']): number[] => {
    const { specs, written } = open(header)
    specs.lend().idOf('x', () => usdtSpec([{ size: 4, isSigned: true, location }], 0x1122n))
    return [...(written.get(0) ?? [])]
  }

  it('is what libbpf 1.6 writes, for a header of that time', () => {
    const bytes = first('libbpf 1.6', { kind: 'memory', register: 32, offset: -16n })
    expect(bytes).toHaveLength(16 * 12 + 16)
    expect(bytes.slice(0, 16)).toEqual([0xf0, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 32, 0, 1, 32])
    expect(bytes.slice(16 * 12)).toEqual([0x22, 0x11, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  })

  it('is what libbpf 1.7 writes, for a newer one', () => {
    const bytes = first('libbpf 1.7', INDEXED)
    expect(bytes).toHaveLength(24 * 12 + 16)
    // The bitfields: type 3 in byte 8; index 80 and scale 2 in bytes 10 and 11.
    expect(bytes.slice(0, 24)).toEqual([
      ...[8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 80, 0x20, 0, 0, 32, 0],
      ...[1, 32, 0, 0, 0, 0, 0, 0],
    ])
  })

  it('cannot be an index that the header has no room for', () => {
    const error = bpfErrorOf('BTF_BAD_VALUE', () => first('libbpf 1.6', INDEXED))
    expect(error.message).toContain('idx_reg_off')
  })

  it('takes no number where it cannot be written', () => {
    const { specs } = open('libbpf 1.6', 1)
    const loan = specs.lend()
    bpfErrorOf('BTF_BAD_VALUE', () =>
      loan.idOf('x', () => usdtSpec([{ size: 1, isSigned: false, location: INDEXED }], 0n)),
    )
    expect(loan.idOf('y', none)).toBe(0)
  })
})
