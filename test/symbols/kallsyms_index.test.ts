import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KallsymsIndex } from '../../src/symbols/kallsyms_index.ts'

const index = (text: string): KallsymsIndex => new KallsymsIndex(new TextEncoder().encode(text))

const TEXT = `ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000010 t do_one
ffffffff81000040 W do_two
ffffffff81000080 T _etext
ffffffff81001000 R __start_rodata
ffffffffc0200040 t module_two\t[rose]
ffffffffc0200000 T module_one\t[rose]
ffffffffc0200100 d module_data\t[rose]
ffffffffc0100000 t bpf_prog_6deef7357e7b4530_count\t[bpf]
`

describe('KallsymsIndex', () => {
  it.each([
    [0xffffffff81000000n, '_stext', undefined],
    [0xffffffff8100003fn, 'do_one', undefined],
    [0xffffffff81000040n, 'do_two', undefined],
    [0xffffffffc020003fn, 'module_one', 'rose'],
    [0xffffffffc0200041n, 'module_two', 'rose'],
    [0xffffffffc0100abcn, 'bpf_prog_6deef7357e7b4530_count', 'bpf'],
  ])('finds the function at %#i', (address, name, module) => {
    expect(index(TEXT).find(address)).toMatchObject({ name, module })
  })

  it('tells where the function starts', () => {
    expect(index(TEXT).find(0xffffffff81000051n)?.address).toBe(0xffffffff81000040n)
  })

  it.each([0n, 0xffffffff80ffffffn, 0xffffffff81001000n, 0xffffffffc0200100n, 2n ** 64n - 1n])(
    'finds no function at %#i, which is in front of all, or data',
    (address) => {
      expect(index(TEXT).find(address)).toBeUndefined()
    },
  )

  it('knows where every address is hidden, and names nothing then', () => {
    const hidden = index('0000000000000000 T _text\n0000000000000000 t do_one\n')
    expect(hidden.hidden).toBe(true)
    expect(hidden.find(0n)).toBeUndefined()
    expect(index(TEXT).hidden).toBe(false)
    expect(index('').hidden).toBe(false)
  })

  it('leaves out lines that are none, and reads short addresses', () => {
    const odd = index('\nxyz T no\nffffffff8100000012 T long\n  T none\nc0000000 T _text\ncut')
    expect(odd.size).toBe(1)
    expect(odd.find(0xc0000004n)?.name).toBe('_text')
  })

  it('finds what a search through all lines finds', () => {
    const address = fc.bigInt(0n, 40n).map((low) => 0xffffffff81000000n + low)
    const symbol = fc.record({ address, type: fc.constantFrom('t', 'T', 'd') })
    fc.assert(
      fc.property(fc.array(symbol, { minLength: 1 }), address, (symbols, wanted) => {
        const text = symbols.map((each, at) => `${each.address.toString(16)} ${each.type} s${at}\n`).join('')
        const below = symbols.filter((each) => each.address <= wanted).map((each) => each.address)
        const nearest = below.reduce((most, each) => (each > most ? each : most), 0n)
        const expected = symbols.findIndex((each) => each.address === nearest && each.type !== 'd')
        expect(index(text).find(wanted)?.name).toBe(expected === -1 ? undefined : `s${expected}`)
      }),
    )
  })

  it('ends whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const built = new KallsymsIndex(bytes)
        for (const address of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]) built.find(address)
      }),
    )
  })
})
