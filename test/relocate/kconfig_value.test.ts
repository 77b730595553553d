import { describe, expect, it } from 'vitest'
import { byteOffset, typeId } from '../../src/base/units.ts'
import type { KconfigExtern } from '../../src/object/extern_spec.ts'
import type { KconfigType } from '../../src/object/kconfig_type.ts'
import { encodeConfigValue, encodeNumber } from '../../src/relocate/kconfig_value.ts'

function extern(holds: KconfigType, size: number): KconfigExtern {
  return {
    kind: 'kconfig',
    name: 'CONFIG_X',
    weak: false,
    type: typeId(1),
    holds,
    size,
    offset: byteOffset(0),
  }
}

const bool = extern({ kind: 'bool' }, 1)
const tristate = extern({ kind: 'tristate' }, 4)
const char = extern({ kind: 'char', signed: true }, 1)
const byte = extern({ kind: 'char', signed: false }, 1)
const text = extern({ kind: 'string' }, 4)
const int = (size: number): KconfigExtern => extern({ kind: 'int', signed: true }, size)
const unsigned = (size: number): KconfigExtern => extern({ kind: 'int', signed: false }, size)

function encoded(variable: KconfigExtern, value: string): readonly number[] | string {
  const result = encodeConfigValue(variable, value, 'little')
  return result.kind === 'bytes' ? [...result.bytes] : result.problem
}

describe('encodeConfigValue', () => {
  it.each([
    ['y into a bool', bool, 'y', [1]],
    ['n into a bool', bool, 'n', [0]],
    ['y into a tristate', tristate, 'y', [1, 0, 0, 0]],
    ['m into a tristate', tristate, 'm', [2, 0, 0, 0]],
    ['n into a tristate', tristate, 'n', [0, 0, 0, 0]],
    ['a letter into a char', char, 'm', [0x6d]],
    ['a number into a char', char, '-128', [0x80]],
    ['a number into an unsigned char', byte, '255', [0xff]],
    ['a number into 16 bits', int(2), '-2', [0xfe, 0xff]],
    ['a hexadecimal number', unsigned(4), '0x1000000', [0, 0, 0, 1]],
    ['an octal number', unsigned(4), '017', [15, 0, 0, 0]],
    ['nothing', int(4), '0', [0, 0, 0, 0]],
    ['the largest number', unsigned(8), '18446744073709551615', [255, 255, 255, 255, 255, 255, 255, 255]],
    ['the smallest number', int(8), '-9223372036854775808', [0, 0, 0, 0, 0, 0, 0, 0x80]],
    ['a short string', text, '"ab"', [0x61, 0x62, 0, 0]],
    ['a string that is too long, cut', text, '"abcdef"', [0x61, 0x62, 0x63, 0]],
    ['an empty string', text, '""', [0, 0, 0, 0]],
  ])('writes %s', (_, variable, value, bytes) => {
    expect(encoded(variable, value)).toEqual(bytes)
  })

  it.each([
    ['m', bool, /a bool cannot tell that it is built as a module/],
    ['1', bool, /a number needs an integer or a char/],
    ['"y"', bool, /a string needs an array of char/],
    ['y', int(4), /a tristate needs/],
    ['y', text, /a tristate needs/],
    ['5', tristate, /a number needs/],
    ['5', text, /a number needs/],
    ['"5"', int(4), /a string needs/],
    ['"', text, /no closing quote/],
    ['"ab', text, /no closing quote/],
    ['12x', int(4), /no number of 64 bits/],
    ['0x', int(4), /no number of 64 bits/],
    ['08', int(4), /no number of 64 bits/],
    ['18446744073709551616', unsigned(8), /no number of 64 bits/],
    ['9'.repeat(200), unsigned(8), /no number of 64 bits/],
    ['128', char, /does not fit into a signed integer of 8 bits/],
    ['-129', char, /does not fit/],
    ['256', byte, /does not fit into an unsigned integer of 8 bits/],
    ['-1', unsigned(4), /does not fit into an unsigned integer of 32 bits/],
    ['0x80000000', int(4), /does not fit into a signed integer of 32 bits/],
    ['65536', unsigned(2), /does not fit/],
  ])('refuses %s for a variable that cannot hold it', (value, variable, problem) => {
    expect(encoded(variable, value)).toMatch(problem)
  })

  it('writes in the byte order of the object', () => {
    expect(encodeConfigValue(int(4), '258', 'big')).toEqual({
      kind: 'bytes',
      bytes: new Uint8Array([0, 0, 1, 2]),
    })
  })
})

describe('encodeNumber', () => {
  it('takes 0 and 1 for a bool, and nothing else', () => {
    expect(encodeNumber(bool, 1n, 'little')).toEqual({ kind: 'bytes', bytes: new Uint8Array([1]) })
    expect(encodeNumber(bool, 2n, 'little')).toEqual({ kind: 'problem', problem: 'a bool is 0 or 1' })
  })
})
