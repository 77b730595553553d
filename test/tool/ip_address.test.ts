import { describe, expect, it } from 'vitest'
import { ipAddress } from '../../src/tool/ip_address.ts'

const words = (...all: readonly number[]): readonly number[] =>
  all.flatMap((word) => [word >> 8, word & 0xff])

describe('the text of an address', () => {
  it('has the four bytes of IPv4', () => {
    expect(ipAddress(4, [192, 0, 2, 1, ...Array<number>(12).fill(0)])).toBe('192.0.2.1')
  })

  // Those of RFC 5952, sections 4 and 5, and of RFC 4291.
  it.each([
    [words(0x2001, 0xdb8, 0, 0, 0, 0, 2, 1), '2001:db8::2:1'],
    [words(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
    [words(0x2001, 0, 0, 1, 0, 0, 0, 1), '2001:0:0:1::1'],
    [words(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
    [words(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
    [words(0, 0, 0, 0, 0, 0, 0, 0), '::'],
    [words(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::'],
    [words(0x10, 0, 0, 0x100, 0, 0, 0, 0xf000), '10:0:0:100::f000'],
  ])('shortens those of IPv6: %#', (bytes, text) => {
    expect(ipAddress(6, bytes)).toBe(text)
  })
})
