import { describe, expect, it } from 'vitest'
import { typeId, type TypeId } from '../../src/base/units.ts'
import { createDecoder } from '../../src/btf/decoder.ts'
import { encodeValue } from '../../src/btf/encode_value.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

function record(endianness: 'little' | 'big') {
  return built(
    (b) => {
      const { u8, u32, u64, char, int } = addBasics(b)
      const bool = b.addInt('bool', 1, { encoding: 'bool' })
      const color = b.addEnum('color', {
        size: 4,
        signed: true,
        enumerators: [
          { name: 'RED', value: 0n },
          { name: 'BLUE', value: -2n },
        ],
      })
      const flags = b.addStruct('flags', 4, [
        { name: 'low', type: u32, bitOffset: 0, bitfieldSize: 3 },
        { name: 'sign', type: int, bitOffset: 3, bitfieldSize: 9 },
        { name: 'on', type: bool, bitOffset: 12, bitfieldSize: 1 },
      ])
      return b.addStruct('event', 48, [
        { name: 'time', type: u64, bitOffset: 0 },
        { name: 'pid', type: int, bitOffset: 64 },
        { name: 'flags', type: flags, bitOffset: 96 },
        { name: 'comm', type: b.addArray(char, u32, 8), bitOffset: 128 },
        { name: 'mac', type: b.addArray(u8, u32, 2), bitOffset: 192 },
        { name: 'alive', type: bool, bitOffset: 208 },
        { name: 'color', type: color, bitOffset: 224 },
        { name: 'ratio', type: b.addFloat('double', 8), bitOffset: 256 },
        { name: 'single', type: b.addFloat('float', 4), bitOffset: 320 },
      ])
    },
    { endianness },
  )
}

const value = {
  time: 0xffffffffffffffffn,
  pid: -5,
  flags: { low: 7, sign: -256, on: true },
  comm: 'häss',
  mac: [1, 255],
  alive: true,
  color: 'BLUE',
  ratio: 0.1,
  single: 1.5,
}

describe.each(['little', 'big'] as const)('a %s-endian value', (endianness) => {
  const { btf, ids } = record(endianness)

  it('decodes to what was encoded', () => {
    const view = new DataView(new ArrayBuffer(50))
    encodeValue(btf, ids, value, view, 2)
    expect(createDecoder(btf, ids)(view, 2)).toEqual(value)
  })

  it('has zeros for members that are left out', () => {
    const view = new DataView(new ArrayBuffer(48))
    new Uint8Array(view.buffer).fill(0xff)
    encodeValue(btf, ids, { pid: 1n }, view, 0)
    expect(createDecoder(btf, ids)(view, 0)).toMatchObject({ time: 0n, pid: 1, comm: '', color: 'RED' })
  })
})

describe('values that do not fit', () => {
  const { btf, ids } = record('little')
  const cases: [unknown, string][] = [
    [{ time: -1n }, 'value.time takes an integer from 0 to 18446744073709551615, not -1n'],
    [{ time: 1n << 64n }, 'value.time takes'],
    [{ time: 1.5 }, 'value.time takes'],
    [{ time: 2 ** 60 }, 'value.time takes'],
    [{ pid: 2147483648 }, 'value.pid takes an integer from -2147483648 to 2147483647, not 2147483648'],
    [{ pid: 'x' }, 'value.pid takes'],
    [{ flags: { low: 8 } }, 'value.flags.low takes an integer from 0 to 7, not 8'],
    [{ flags: { sign: -257 } }, 'value.flags.sign takes'],
    [{ flags: { on: 1 } }, 'value.flags.on takes true or false, not 1'],
    [{ flags: [1] }, 'value.flags takes an object (struct), not an array of 1'],
    [{ comm: '12345678' }, 'value.comm takes at most 7 bytes, not "12345678"; it has 8 bytes'],
    [{ comm: 'a\0b' }, 'value.comm takes a string without NUL'],
    [{ comm: 5 }, 'value.comm takes a string or a Uint8Array, not 5'],
    [{ comm: new Uint8Array(9) }, 'value.comm takes at most 8 bytes'],
    [{ mac: [1] }, 'value.mac takes an array of 2, not an array of 1'],
    [{ mac: [1, 256] }, 'value.mac[1] takes an integer from 0 to 255, not 256'],
    [{ alive: 'yes' }, 'value.alive takes true or false, not "yes"'],
    [{ color: 'GREEN' }, 'value.color takes an enumerator (RED, BLUE) or a number, not "GREEN"'],
    [{ color: 1n << 40n }, 'value.color takes an integer'],
    [{ ratio: 1n }, 'value.ratio takes a number, not 1n'],
    [
      { nothing: 1 },
      'value.nothing takes a member (time, pid, flags, comm, mac, alive, color, ratio, ...), not "nothing"',
    ],
    [null, 'value takes an object (struct), not null'],
    [undefined, 'value takes an object (struct), not a value of type undefined'],
  ]
  it.each(cases.map(([wrong, message]) => ({ wrong, message })))(
    'are refused, with memory as it was: $message',
    ({ wrong, message }) => {
      const view = new DataView(new ArrayBuffer(48))
      const input: unknown = wrong !== null && typeof wrong === 'object' ? { alive: true, ...wrong } : wrong
      const error = expectBtfError(() => {
        encodeValue(btf, ids, input, view, 0)
      }, 'BTF_BAD_VALUE')
      expect(error.message).toContain(message)
      expect(new Uint8Array(view.buffer)).toEqual(new Uint8Array(48))
    },
  )

  it.each([-1, 1, NaN])('offset %d in memory that is too small is refused', (offset) => {
    const view = new DataView(new ArrayBuffer(48))
    expectBtfError(() => {
      encodeValue(btf, ids, value, view, offset)
    }, 'BTF_BAD_VALUE')
  })

  it('a type that is not there is refused', () => {
    expectBtfError(() => {
      encodeValue(btf, typeId(99), 1, new DataView(new ArrayBuffer(8)), 0)
    }, 'BTF_NO_SUCH_TYPE')
  })
})

describe('every kind of value', () => {
  const { btf, ids } = built((b) => {
    const { u8, u32, u64, char, int } = addBasics(b)
    const range = b.addStruct('range', 2, [
      { name: 'min', type: u8, bitOffset: 0 },
      { name: 'max', type: u8, bitOffset: 8 },
    ])
    const wide = b.addEnum64('wide', {
      size: 8,
      signed: false,
      enumerators: [{ name: 'HIGH', value: 1n << 40n }],
    })
    return {
      config: b.addStruct('config', 8, [{ name: 'limits', type: b.addArray(range, u32, 4), bitOffset: 0 }]),
      grid: b.addArray(b.addArray(u32, u32, 3), u32, 2),
      names: b.addArray(b.addArray(char, u32, 4), u32, 2),
      wide,
      pointer: b.addPtr(int),
      i128: b.addInt('__int128', 16, { encoding: 'signed' }),
      u64,
      f32: b.addFloat('float', 4),
      bytes: b.addArray(u8, u32, 4),
      longs: b.addArray(u64, u32, 2),
    }
  })
  const roundTrip = (id: TypeId, value: unknown): unknown => {
    const view = new DataView(new ArrayBuffer(32))
    encodeValue(btf, id, value, view, 0)
    return createDecoder(btf, id)(view, 0)
  }
  const refused = (id: TypeId, value: unknown, name?: string): string =>
    expectBtfError(() => {
      encodeValue(btf, id, value, new DataView(new ArrayBuffer(32)), 0, name)
    }, 'BTF_BAD_VALUE').message

  it.each([
    [
      'grid',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    ['names', ['ab', 'xyz']],
    ['wide', 'HIGH'],
    ['wide', 5n],
    ['pointer', 0xffff_8000_0000_0000n],
    ['i128', -(1n << 127n)],
    ['f32', Infinity],
    ['f32', NaN],
  ] as const)('%s decodes to what was encoded', (type, value) => {
    expect(roundTrip(ids[type], value)).toEqual(value)
  })

  it('arrays may be given as typed arrays, whose elements are checked like others', () => {
    expect(roundTrip(ids.bytes, Uint8Array.of(1, 2, 3, 255))).toEqual([1, 2, 3, 255])
    expect(roundTrip(ids.longs, BigUint64Array.of(1n, 2n))).toEqual([1n, 2n])
    expect(refused(ids.bytes, Int16Array.of(1, 2, 3, -4))).toContain(
      'value[3] takes an integer from 0 to 255',
    )
    expect(refused(ids.bytes, new Uint8Array(5))).toContain('takes an array of 4, not an array of 5')
    expect(refused(ids.bytes, new DataView(new ArrayBuffer(4)))).toContain('takes an array of 4')
    expect(refused(ids.config, new Uint8Array())).toContain('takes an object (struct), not an array of 0')
  })

  it('errors start with the part that is wrong, by the name of the whole', () => {
    const limits = [0, 1, 2, 300].map((max) => ({ max }))
    expect(refused(ids.config, { limits }, 'config')).toMatch(
      /^config\.limits\[3\]\.max takes an integer from 0 to 255, not 300 \(type \d+ in the BTF of test\)$/,
    )
    expect(
      refused(ids.grid, [
        [1, 2, 3],
        [4, 5],
      ]),
    ).toMatch(/^value\[1\] takes an array of 3, not an array of 2/)
  })

  it('numbers that are not exact are refused with the way out', () => {
    expect(refused(ids.u64, 2 ** 53)).toContain('give integers beyond 2^53 as bigint')
    expect(refused(ids.u64, 0.5)).not.toContain('bigint')
  })

  it('a number beyond what a float can hold does not become infinite', () => {
    expect(refused(ids.f32, 1e39)).toContain('takes a number that 32 bits can hold, not 1e+39')
  })
})

describe('members that lie in the same bytes', () => {
  const { btf, ids } = built((b) => {
    const { u8, u32, char } = addBasics(b)
    const nibbles = b.addStruct('nibbles', 1, [
      { name: 'low', type: u8, bitOffset: 0, bitfieldSize: 4 },
      { name: 'high', type: u8, bitOffset: 4, bitfieldSize: 4 },
    ])
    const union = b.addUnion('address', 4, [
      { name: 'word', type: u32, bitOffset: 0 },
      { name: 'bytes', type: b.addArray(u8, u32, 4), bitOffset: 0 },
      { name: 'text', type: b.addArray(char, u32, 4), bitOffset: 0 },
      { name: 'nibbles', type: nibbles, bitOffset: 0 },
    ])
    const anonymous = b.addUnion('', 4, [
      { name: 'id', type: u32, bitOffset: 0 },
      { name: 'kind', type: u8, bitOffset: 0 },
    ])
    const holder = b.addStruct('holder', 8, [
      { name: 'before', type: u32, bitOffset: 0 },
      { name: '', type: anonymous, bitOffset: 32 },
    ])
    return { union, holder }
  })
  const encoded = (id: TypeId, value: unknown): number[] => {
    const view = new DataView(new ArrayBuffer(8))
    encodeValue(btf, id, value, view, 0)
    return [...new Uint8Array(view.buffer)]
  }

  it('may all be given if they agree, as they do when they were decoded', () => {
    const view = new DataView(Uint8Array.of(0x41, 0x42, 0x43, 0).buffer)
    const value = createDecoder(btf, ids.union)(view, 0)
    expect(value).toMatchObject({ word: 0x434241, text: 'ABC', nibbles: { low: 1, high: 4 } })
    expect(encoded(ids.union, value).slice(0, 4)).toEqual([0x41, 0x42, 0x43, 0])
  })

  it('leave the bytes that none of them was given for zero', () => {
    expect(encoded(ids.union, { nibbles: { high: 5 } }).slice(0, 4)).toEqual([0x50, 0, 0, 0])
  })

  it.each([
    [{ word: 1, bytes: [1, 0, 0, 1] }, 'value.bytes[3] lies in the same bytes as a member given before'],
    [{ word: 1, text: '' }, 'value.text lies'],
    [{ word: 1, nibbles: { low: 2 } }, 'value.nibbles.low lies'],
  ])('are refused where they do not: %o', (value, message) => {
    expect(expectBtfError(() => encoded(ids.union, value), 'BTF_BAD_VALUE').message).toContain(message)
  })

  it('are found in anonymous unions of a struct, too', () => {
    expect(encoded(ids.holder, { before: 9, id: 0x0102, kind: 2 })).toEqual([9, 0, 0, 0, 2, 1, 0, 0])
    expectBtfError(() => encoded(ids.holder, { before: 9, id: 0x0102, kind: 3 }), 'BTF_BAD_VALUE')
  })
})
