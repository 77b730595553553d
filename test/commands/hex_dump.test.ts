import { describe, expect, it } from 'vitest'
import { hexDump } from '../../src/commands/hex_dump.ts'

describe('hexDump', () => {
  it('shows 16 bytes a line as bpftool does, with unprintable ones as dots', () => {
    const bytes = new Uint8Array(18).map((_, index) => 0x3a + index * 4)
    expect(hexDump(bytes)).toBe(
      '0000000\t3a3e 4246 4a4e 5256 5a5e 6266 6a6e 7276 | :>BFJNRV Z^bfjnrv\n0000010\t7a7e                                    | z~\n',
    )
    expect(hexDump(Uint8Array.of(0, 0x7f, 0xff))).toContain('| ...\n')
  })

  it('shows nothing of nothing', () => {
    expect(hexDump(new Uint8Array())).toBe('')
  })
})
