import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import { BtfError } from '../../src/btf/btf_error.ts'
import { createEncoder } from '../../src/btf/create_encoder.ts'
import { createDecoder } from '../../src/btf/decoder.ts'
import { encodeValue } from '../../src/btf/encode_value.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

/** A struct with padding in the middle and at the end, and with every kind of member that is written fast. */
function event(endianness: 'little' | 'big') {
  return built(
    (b) => {
      const { u8, u32, u64, char, int } = addBasics(b)
      const color = b.addEnum('color', {
        size: 4,
        signed: true,
        enumerators: [
          { name: 'RED', value: 0n },
          { name: 'BLUE', value: -2n },
        ],
      })
      const point = b.addStruct('point', 8, [
        { name: 'x', type: int, bitOffset: 0 },
        { name: 'y', type: b.addInt('short', 2, { encoding: 'signed' }), bitOffset: 32 },
      ])
      return b.addStruct('event', 72, [
        { name: 'time', type: u64, bitOffset: 0 },
        { name: 'small', type: u8, bitOffset: 64 },
        { name: 'pid', type: u32, bitOffset: 96 },
        { name: 'comm', type: b.addArray(char, u32, 8), bitOffset: 128 },
        { name: 'points', type: b.addArray(point, u32, 2), bitOffset: 192 },
        { name: 'alive', type: b.addInt('bool', 1, { encoding: 'bool' }), bitOffset: 320 },
        { name: 'color', type: color, bitOffset: 352 },
        { name: 'ratio', type: b.addFloat('double', 8), bitOffset: 384 },
        { name: 'signed', type: b.addInt('long', 8, { encoding: 'signed' }), bitOffset: 448 },
        { name: 'last', type: u8, bitOffset: 512 },
      ])
    },
    { endianness },
  )
}

const value = {
  time: 2n ** 64n - 1n,
  small: 255,
  pid: 2 ** 32 - 1,
  comm: 'bash',
  points: [
    { x: -1, y: -(2 ** 15) },
    { x: 2 ** 31 - 1, y: 5 },
  ],
  alive: true,
  color: 'BLUE',
  ratio: 0.1,
  signed: -(2n ** 63n),
  last: 1,
}

/** What a value becomes: its bytes, or the message of the error. */
function outcome(encode: (view: DataView) => void, size: number): string {
  const view = new DataView(new ArrayBuffer(size))
  new Uint8Array(view.buffer).fill(0xee)
  try {
    encode(view)
  } catch (error) {
    if (error instanceof BtfError) return error.message
    throw error
  }
  return new Uint8Array(view.buffer).join(' ')
}

function expectSame(btf: Btf, id: TypeId, candidate: unknown, size: number): void {
  const encode = createEncoder(btf, id)
  const fast = outcome((view) => {
    encode(candidate, view, 0)
  }, size)
  const slow = outcome((view) => {
    encodeValue(btf, id, candidate, view, 0)
  }, size)
  expect(fast).toBe(slow)
}

describe.each(['little', 'big'] as const)('an encoder of %s-endian values', (endianness) => {
  const { btf, ids } = event(endianness)

  it('writes what decodes to the value', () => {
    const view = new DataView(new ArrayBuffer(80))
    createEncoder(btf, ids)(value, view, 8)
    expect(createDecoder(btf, ids)(view, 8)).toEqual(value)
  })

  it('writes zeros into padding and behind text', () => {
    expectSame(btf, ids, value, 72)
  })

  it.each([
    { ...value, time: 5 },
    { ...value, time: 2n ** 64n },
    { ...value, time: -1 },
    { ...value, time: 2 ** 60 },
    { ...value, small: 256 },
    { ...value, small: 5n },
    { ...value, pid: 1.5 },
    { ...value, pid: NaN },
    { ...value, pid: -0 },
    { ...value, comm: 'eight is' },
    { ...value, comm: 'sieben!' },
    { ...value, comm: 'häss' },
    { ...value, comm: 'a\0b' },
    { ...value, comm: Uint8Array.of(1, 2) },
    { ...value, points: [value.points[0]] },
    { ...value, points: [value.points[0], { x: 1 }] },
    { ...value, points: [value.points[0], { x: 1, y: 2 ** 15 }] },
    { ...value, alive: 1 },
    { ...value, color: -2 },
    { ...value, color: 'GREEN' },
    { ...value, color: 7 },
    { ...value, ratio: 1n },
    { ...value, signed: 2n ** 63n },
    { ...value, more: 1 },
    { pid: 3 },
    {},
    { ...value, pid: undefined },
    Object.assign(Object.create({ pid: 7 }) as object, { ...value, pid: 8 }),
    null,
    'text',
    [1],
    new Uint8Array(72),
  ])('writes and refuses what encodeValue does, case %#', (candidate) => {
    expectSame(btf, ids, candidate, 72)
  })
})

describe('an encoder', () => {
  it('does the same as encodeValue with any value of scalar types', () => {
    const { btf, ids } = built((b) => {
      const signs = ['signed', 'unsigned'] as const
      return [1, 2, 4, 8, 16].flatMap((size) =>
        signs.map((encoding) =>
          b.addInt(`${encoding}${size}`, size, encoding === 'signed' ? { encoding } : {}),
        ),
      )
    })
    const anything = fc.oneof(
      fc.integer({ min: -300, max: 70_000 }),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
      fc.double(),
      fc.boolean(),
      fc.string(),
      fc.constantFrom(null, undefined),
    )
    fc.assert(
      fc.property(anything, fc.constantFrom(...ids), (candidate, id) => {
        expectSame(btf, id, candidate, 16)
      }),
      { numRuns: 500 },
    )
  })

  it('leaves bitfields, unions and members that share bytes to encodeValue', () => {
    const { btf, ids } = built((b) => {
      const { u8, u32 } = addBasics(b)
      const union = b.addUnion('word', 4, [
        { name: 'whole', type: u32, bitOffset: 0 },
        { name: 'first', type: u8, bitOffset: 0 },
      ])
      const flags = b.addStruct('flags', 4, [{ name: 'low', type: u32, bitOffset: 0, bitfieldSize: 3 }])
      const anonymous = b.addStruct('outer', 4, [{ name: '', type: union, bitOffset: 0 }])
      return { union, flags, anonymous, all: b.addArray(flags, u32, 2), single: b.addFloat('float', 4) }
    })
    for (const candidate of [{ whole: 258, first: 2 }, { whole: 258, first: 3 }, { first: 1 }, {}]) {
      expectSame(btf, ids.union, candidate, 4)
      expectSame(btf, ids.anonymous, candidate, 4)
    }
    expectSame(btf, ids.flags, { low: 5 }, 4)
    expectSame(btf, ids.flags, { low: 8 }, 4)
    expectSame(btf, ids.all, [{ low: 5 }, { low: 6 }], 8)
    expectSame(btf, ids.single, 1e300, 4)
    expectSame(btf, ids.single, 0.5, 4)
  })

  it('refuses a place that does not have the room, and names the value as it is told', () => {
    const { btf, ids } = built((b) => b.addInt('u32', 4))
    expectBtfError(() => {
      createEncoder(btf, ids)(1, new DataView(new ArrayBuffer(6)), 3)
    }, 'BTF_BAD_VALUE')
    expectBtfError(() => {
      createEncoder(btf, ids)(1, new DataView(new ArrayBuffer(6)), -1)
    }, 'BTF_BAD_VALUE')
    expect(() => {
      createEncoder(btf, ids, 'key')('x', new DataView(new ArrayBuffer(4)), 0)
    }).toThrow(/^key takes an integer/)
  })

  it('is not made for types without values', () => {
    const { btf, ids } = built((b) => b.addFwd('opaque', 'struct'))
    expectBtfError(() => createEncoder(btf, ids), 'BTF_NOT_A_VALUE')
  })
})
