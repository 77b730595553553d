import { describe, expect, it } from 'vitest'
import { ipv4Text, ipv6Text } from '../../src/tool/ip_address.ts'

describe('ipv4Text', () => {
  it('writes the first four bytes', () => {
    expect(ipv4Text([127, 0, 0, 1, 9, 9])).toBe('127.0.0.1')
  })
})

describe('ipv6Text', () => {
  const bytes = (hex: string): readonly number[] => [...Buffer.from(hex.padEnd(32, '0'), 'hex')]

  it.each([
    ['', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe80000000000000021122fffe334455', 'fe80::211:22ff:fe33:4455'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
  ])('writes %s as %s', (hex, text) => {
    expect(ipv6Text(bytes(hex))).toBe(text)
  })
})
