import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JitSymbols } from '../../src/symbols/jit_symbols.ts'

const symbolsOf = (text: string): JitSymbols => new JitSymbols(new TextEncoder().encode(text))

describe('JitSymbols', () => {
  it('finds what covers an address', () => {
    const symbols = symbolsOf('7f00 10 JS:*second a.js:3:1\n1000 20 JS:~first a.js:1:1\n')
    expect(symbols.find(0xfffn)).toBeUndefined()
    expect(symbols.find(0x1000n)).toEqual({ name: 'JS:~first a.js:1:1', address: 0x1000n })
    expect(symbols.find(0x101fn)?.name).toBe('JS:~first a.js:1:1')
    expect(symbols.find(0x1020n)).toBeUndefined()
    expect(symbols.find(0x7f0fn)).toEqual({ name: 'JS:*second a.js:3:1', address: 0x7f00n })
    expect(symbols.find(0x7f10n)).toBeUndefined()
  })

  it('takes the last of those that were at an address', () => {
    const symbols = symbolsOf('1000 100 old\n1080 10 older\n1040 20 new\n1000 10 newer\n')
    const names = [0x1000n, 0x1010n, 0x1040n, 0x1060n, 0x1085n, 0x1090n].map(
      (address) => symbols.find(address)?.name,
    )
    expect(names).toEqual(['newer', 'old', 'new', 'old', 'older', 'old'])
  })

  it('takes a name as it is', () => {
    const symbols = symbolsOf('10 1 operator new (int)\n20 1 함수\n')
    expect(symbols.find(0x10n)?.name).toBe('operator new (int)')
    expect(symbols.find(0x20n)?.name).toBe('함수')
  })

  it('passes over a last line that is not complete', () => {
    expect(symbolsOf('1000 20 fir').find(0x1000n)).toBeUndefined()
  })

  it.each([
    ['no numbers', 'hello world\n'],
    ['no size', '1000 f\n'],
    ['no name', '1000 20\n'],
    ['an empty name', '1000 20 \n'],
    ['0x before a number', '0x1000 0x20 f\n'],
    ['more digits than an address has', '10000000000001000 20 f\n'],
    ['no start', ' 20 f\n'],
    ['a size on the next line', '1000 \n20 f\n'],
    ['nothing but line feeds', '\n\n\n'],
  ])('passes over %s', (_, text) => {
    const symbols = symbolsOf(`${text}2000 10 good\n`)
    expect(symbols.find(0x2000n)?.name).toBe('good')
    expect(symbols.find(0x1000n)).toBeUndefined()
  })

  it('finds for every address what a look at all lines finds', () => {
    const line = fc.record({ start: fc.nat(200), size: fc.nat(40) })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.nat(250), (lines, address) => {
        const text = lines.map(
          ({ start, size }, index) => `${start.toString(16)} ${size.toString(16)} f${index}\n`,
        )
        const expected = lines.findLastIndex(({ start, size }) => start <= address && address < start + size)
        const found = symbolsOf(text.join('')).find(BigInt(address))
        expect(found?.name).toBe(expected < 0 ? undefined : `f${expected}`)
      }),
    )
  })

  it('takes any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (bytes, address) => {
          new JitSymbols(bytes).find(address)
        },
      ),
    )
  })
})
