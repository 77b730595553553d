import { expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder, type RawType } from '../../src/btf/encoder.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

const raw = (info: number, words: number[] = []): RawType => ({ nameOffset: 0, info, sizeOrType: 0, words })

it.each([20, 31, 127, 0])('a kind %d cannot be skipped, and the error says where it is', (kind) => {
  const error = expectBtfError(
    () =>
      built((b) => {
        b.addInt('int', 4)
        b.addRaw(raw(kind << 24))
      }),
    'BTF_UNKNOWN_KIND',
  )
  expect(error.message).toContain(`type 2 at byte 40 has kind ${kind}`)
  expect(error.offset).toBe(40)
})

it.each([
  ['a struct', (4 << 24) | 2, [0, 0, 0]],
  ['an enum', (6 << 24) | 0xffff, []],
  ['a func_proto with 24 bits of vlen', (13 << 24) | 0xffffff, [1]],
  ['an int', 1 << 24, []],
  ['an array', 3 << 24, [1, 1]],
])('%s that ends after the section is truncated', (_, info, words) => {
  const error = expectBtfError(() => built((b) => b.addRaw(raw(info, words))), 'BTF_TRUNCATED')
  expect(error.message).toContain('type 1 at byte 24')
})

it.each([1, 2])('%d words of a type are truncated', (count) => {
  const bytes = new BtfBuilder().finish({ endianness: 'little' })
  const longer = new Uint8Array(bytes.length + count * 4)
  longer.set(bytes.subarray(0, 24))
  new DataView(longer.buffer).setUint32(12, count * 4, true)
  new DataView(longer.buffer).setUint32(16, count * 4, true)
  expectBtfError(() => Btf.parse(longer, { name: 'short' }), 'BTF_TRUNCATED')
})

it('skips a kind that the layout section describes, and refuses only that type', () => {
  const builder = new BtfBuilder()
  builder.addRaw({ nameOffset: builder.string('new'), info: (20 << 24) | 2, sizeOrType: 0, words: [1, 2, 3] })
  builder.addInt('int', 4)
  const layout = new Uint8Array(21 * 4)
  layout.set([4, 4], 20 * 4)
  const btf = Btf.parse(withLayout(builder.finish({ endianness: 'little' }), layout), { name: 'newer' })
  expect(btf.typeCount).toBe(2)
  expect(btf.type(typeId(2)).name).toBe('int')
  expect(expectBtfError(() => btf.type(typeId(1)), 'BTF_UNKNOWN_KIND').message).toContain('kind 20')
  expectBtfError(() => btf.kind(typeId(1)), 'BTF_UNKNOWN_KIND')
  expect(btf.nameOf(typeId(1))).toBe('new')
  expect(btf.idsNamed('new')).toEqual([])
})

/** The same BTF with a header of 32 bytes and a layout section at its end (Linux 7.1). */
function withLayout(bytes: Uint8Array, layout: Uint8Array): Uint8Array {
  const body = bytes.subarray(24)
  const result = new Uint8Array(32 + body.length + 4 + layout.length)
  result.set(bytes.subarray(0, 24))
  result.set(body, 32)
  const layoutOffset = Math.ceil(body.length / 4) * 4
  result.set(layout, 32 + layoutOffset)
  const view = new DataView(result.buffer)
  view.setUint32(4, 32, true)
  view.setUint32(24, layoutOffset, true)
  view.setUint32(28, layout.length, true)
  return result
}
