import { describe, expect, it } from 'vitest'
import { rtnetlink_message } from '../../src/abi/generated/bpf.ts'
import { encodeNetlinkMessage, type NetlinkRequest } from '../../src/abi/netlink_message.ts'
import {
  addClsact,
  addFilter,
  decodeFilter,
  decodeLink,
  deleteClsact,
  deleteFilter,
  dumpFilters,
  getLinkByIndex,
  getLinkByName,
  setXdp,
} from '../../src/abi/rtnetlink.ts'
import { ByteWriter } from '../../src/base/byte_writer.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

/** What the kernel is sent, as 32-bit words, without the header of netlink. */
function words(request: NetlinkRequest): readonly string[] {
  const bytes = encodeNetlinkMessage(request, 0, 0).subarray(16)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true).toString(16))
}

const answer = (payload: Uint8Array): Parameters<typeof decodeLink>[0] => ({
  type: rtnetlink_message.RTM_NEWLINK,
  flags: 0,
  sequence: 1,
  payload,
})

describe('requests for interfaces', () => {
  it('name one with IFLA_IFNAME, and with IFLA_ALT_IFNAME where the name is longer than an interface may have', () => {
    expect(getLinkByName('a'.repeat(15)).attributes[0]?.type).toBe(3)
    expect(getLinkByName('a'.repeat(16)).attributes[0]?.type).toBe(53)
  })

  it('have an index where ifinfomsg has it', () => {
    expect(words(getLinkByIndex(7))).toEqual(['0', '7', '0', '0'])
  })
})

describe('setXdp', () => {
  it('nests the descriptor and the flags in IFLA_XDP', () => {
    expect(words(setXdp({ index: 7, fd: -1, flags: 2 }))).toEqual([
      ...['0', '7', '0', '0'],
      ...['802b0014', '10008', 'ffffffff', '30008', '2'],
    ])
  })

  it('adds the program that is expected', () => {
    expect(words(setXdp({ index: 7, fd: 5, flags: 16, expectedFd: 6 })).slice(-2)).toEqual(['80008', '6'])
  })
})

describe('requests for traffic control', () => {
  const place = { index: 7, direction: 'egress', handle: 3, priority: 2 } as const

  it('put the clsact qdisc at its fixed handle and parent', () => {
    const kind = ['1000b', '61736c63', '7463']
    expect(words(addClsact(7))).toEqual(['0', '7', 'ffff0000', 'fffffff1', '0', ...kind])
    expect(words(deleteClsact(7))).toEqual(words(addClsact(7)))
    expect(addClsact(7).flags).toBe(0x600)
  })

  it('have the priority and all protocols in the last word of tcmsg', () => {
    expect(words(deleteFilter(place)).slice(0, 5)).toEqual(['0', '7', '3', 'fffffff3', '20300'])
    expect(words(dumpFilters(7, 'ingress'))).toEqual(['0', '7', '0', 'fffffff2', '0'])
    expect(words(deleteFilter({ ...place, priority: 0xffff }))[4]).toBe('ffff0300')
  })

  it('add a filter in direct-action mode, and ask for the echo', () => {
    const program = { fd: 9, name: 'abc', existing: 'refuse' } as const
    expect(words(addFilter(place, program)).slice(5)).toEqual([
      ...['10008', '667062'],
      ...['8002001c', '60008', '9', '70008', '636261', '80008', '1'],
    ])
    expect(addFilter(place, program).flags).toBe(0x608)
    expect(addFilter(place, { ...program, existing: 'replace' }).flags).toBe(0x508)
  })
})

describe('what the kernel tells', () => {
  it('of an interface is its index, its name and the programs of each mode', () => {
    const payload = new ByteWriter('little')
      .u32(0)
      .u32(7)
      .u32(0)
      .u32(0)
      .u16(7)
      .u16(3)
      .raw(Uint8Array.of(108, 111, 0, 0))
      .u16(12)
      .u16(0x8000 | 43)
      .u16(8)
      .u16(6)
      .u32(42)
      .bytes()
    expect(decodeLink(answer(payload))).toEqual({ index: 7, name: 'lo', xdp: { skb: 42, drv: 0, hw: 0 } })
  })

  it('of a filter is its handle, priority, kind and program', () => {
    const filter = new ByteWriter('little').u32(0).u32(7).u32(3).u32(0).u32(0x0002_0300)
    filter.u16(8).u16(1).raw(new TextEncoder().encode('bpf\0')).u16(12).u16(2).u16(8).u16(11).u32(42)
    const found = { handle: 3, priority: 2, kind: 'bpf', programId: 42 }
    expect(decodeFilter(answer(filter.bytes()))).toEqual(found)
  })

  it('of a filter of another kind has no program', () => {
    const filter = new ByteWriter('little').u32(0).u32(7).u32(0).u32(0).u32(0x0002_0300)
    filter.u16(8).u16(1).raw(new TextEncoder().encode('u32\0'))
    expect(decodeFilter(answer(filter.bytes()))).toMatchObject({ kind: 'u32', programId: undefined })
  })

  it.each([0, 3, 11])('is refused where it ends after %i bytes', (length) => {
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeLink(answer(new Uint8Array(length))))
    bpfErrorOf('ABI_BAD_MESSAGE', () => decodeFilter(answer(new Uint8Array(length))))
  })
})
