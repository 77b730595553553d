import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
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
