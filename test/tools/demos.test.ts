import { describe, expect, it } from 'vitest'
import { recordLine } from '../../src/tool/table.ts'
import { columns as packetColumns, packetOf } from '../../src/tools/sockfilter_demo.ts'

const now = new Date(2026, 10, 28, 9, 5, 7)

describe('the table of sockfilter-demo', () => {
  const packet = {
    direction: 'in',
    ethertype: 0x0800,
    protocol: 6,
    source_port: 443,
    destination_port: 50000,
    length: 1500,
    source: [192, 0, 2, 1, ...Array<number>(12).fill(0)],
    destination: [198, 51, 100, 7, ...Array<number>(12).fill(0)],
  } as const
  const lineOf = (changes: object): string =>
    recordLine(packetColumns, packetOf({ ...packet, ...changes }), now)

  it('has addresses and ports', () => {
    expect(lineOf({})).toBe('09:05:07 in  tcp      1500 192.0.2.1:443          198.51.100.7:50000\n')
  })

  it('leaves out what a packet does not have', () => {
    const noPorts = { source_port: 0, destination_port: 0 }
    expect(lineOf({ protocol: 47, ...noPorts })).toBe(
      '09:05:07 in  ip 47    1500 192.0.2.1              198.51.100.7\n',
    )
    expect(lineOf({ ethertype: 0x806, protocol: 0, length: 42, direction: 'out', ...noPorts })).toBe(
      '09:05:07 out 0x0806     42\n',
    )
  })
})
