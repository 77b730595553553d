import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder, type RawType } from '../../src/btf/encoder.ts'
import { sizeOf } from '../../src/btf/layout.ts'
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

const newKind = (b: BtfBuilder): RawType => ({
  nameOffset: b.string('new'),
  info: (20 << 24) | 2,
  sizeOrType: 0,
  words: [1, 2, 3],
})

describe('a kind that is not known here, with a layout section', () => {
  const builder = new BtfBuilder()
  const unknown = builder.addRaw(newKind(builder))
  const int = builder.addInt('int', 4)
  const user = builder.addTypedef('user', unknown)
  const mixed = builder.addStruct('mixed', 8, [
    { name: 'known', type: int, bitOffset: 0 },
    { name: 'unknown', type: unknown, bitOffset: 32 },
  ])
  const layout = Array.from({ length: 21 }, () => ({ infoSize: 0, elementSize: 0 }))

  it.each(['little', 'big'] as const)(
    'is skipped, and costs only what refers to it, %s-endian',
    (endianness) => {
      layout[20] = { infoSize: 4, elementSize: 4 }
      const btf = Btf.parse(builder.finish({ endianness, layout }), { name: 'newer' })
      expect([btf.typeCount, btf.gap]).toEqual([4, undefined])
      expect(btf.type(int).name).toBe('int')
      expect(expectBtfError(() => btf.type(unknown), 'BTF_UNKNOWN_KIND').message).toContain('kind 20')
      expectBtfError(() => btf.kind(unknown), 'BTF_UNKNOWN_KIND')
      expectBtfError(() => sizeOf(btf, user), 'BTF_UNKNOWN_KIND')
      expect(sizeOf(btf, mixed)).toBe(8)
      expect(btf.nameOf(unknown)).toBe('new')
      expect(btf.idsNamed('new')).toEqual([])
      expect(btf.find('new', 'struct')).toBeUndefined()
    },
  )

  it.each([
    ['is too short for it', Array.from({ length: 20 }, () => ({ infoSize: 0, elementSize: 0 }))],
    ['gives it lengths that are no words', layout.with(20, { infoSize: 3, elementSize: 4 })],
  ])('is unknown where the layout section %s', (_, described) => {
    const bytes = builder.finish({ endianness: 'little', layout: described })
    expectBtfError(() => Btf.parse(bytes, { name: 'newer' }), 'BTF_UNKNOWN_KIND')
  })

  it('may not reach beyond the section, whatever its length is said to be', () => {
    const bytes = builder.finish({
      endianness: 'little',
      layout: layout.with(20, { infoSize: 252, elementSize: 252 }),
    })
    for (const atUnknownKind of ['fail', 'stop'] as const)
      expectBtfError(() => Btf.parse(bytes, { name: 'newer', atUnknownKind }), 'BTF_TRUNCATED')
  })
})

describe('a kind that is not known here, without a layout section', () => {
  const parse = (): Btf => {
    const builder = new BtfBuilder()
    builder.addTypedef('number', builder.addInt('int', 4))
    builder.addRaw(newKind(builder))
    builder.addStruct('behind', 4, [])
    const bytes = builder.finish({ endianness: 'little' })
    return Btf.parse(bytes, { name: 'vmlinux', atUnknownKind: 'stop' })
  }

  it('leaves the types before it', () => {
    const btf = parse()
    expect(btf.typeCount).toBe(2)
    expect(btf.find('number', 'typedef')?.target).toBe(1)
    expect(btf.gap?.message).toBe(
      'BTF of vmlinux: type 3 at byte 52 has kind 20, which is not known here and has no entry in a layout section, so the types after it cannot be found. Known are kinds 1 to 19.',
    )
  })

  it('is what the error says of a type behind it, by id and by name', () => {
    const btf = parse()
    const byName = expectBtfError(() => btf.find('behind', 'struct'), 'BTF_UNKNOWN_KIND')
    expect(byName.message).toMatch(
      /^struct behind is not among the 2 types that could be found: BTF of vmlinux: /,
    )
    expect(expectBtfError(() => btf.type(typeId(4)), 'BTF_UNKNOWN_KIND').message).toContain(
      'type 4 is not among',
    )
    expect(btf.idsNamed('behind')).toEqual([])
  })

  it('makes split BTF on top impossible, since its ids go on after the last', () => {
    const split = new BtfBuilder({ base: parse() })
    split.addInt('long', 8)
    const bytes = split.finish({ endianness: 'little' })
    const error = expectBtfError(
      () => Btf.parse(bytes, { name: 'module', base: parse() }),
      'BTF_UNKNOWN_KIND',
    )
    expect(error.object).toBe('vmlinux')
  })

  it('does not excuse types that are cut off', () => {
    const builder = new BtfBuilder()
    builder.addRaw(raw((4 << 24) | 2, [0]))
    const bytes = builder.finish({ endianness: 'little' })
    expectBtfError(() => Btf.parse(bytes, { name: 'cut', atUnknownKind: 'stop' }), 'BTF_TRUNCATED')
  })
})
