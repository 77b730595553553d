import { describe, expect, it } from 'vitest'
import { AbiError } from '../../src/abi/abi_error.ts'
import type { AttrValues, StructTable } from '../../src/abi/attr_table.ts'
import { MAP_CREATE, MAP_LOOKUP_ELEM, PROG_LOAD } from '../../src/abi/bpf_attr.ts'
import { BPF_PROG_INFO } from '../../src/abi/bpf_info.ts'
import { encodeAttr } from '../../src/abi/encode_attr.ts'

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof AbiError) return error.code
    throw error
  }
  return 'no error'
}

/** Encodes values that the types would not let through. */
const encodeAny = (table: StructTable, values: object): unknown =>
  encodeAttr(table, values as AttrValues<StructTable>)

describe('encodeAttr', () => {
  it('ends with the last field that is not zero', () => {
    const size = (values: AttrValues<typeof MAP_CREATE>): number =>
      encodeAttr(MAP_CREATE, values).bytes.length
    expect(size({ map_type: 0 })).toBe(0)
    expect(size({ map_type: 1 })).toBe(4)
    expect(size({ map_type: 1, max_entries: 1, map_flags: 0, map_name: '', map_extra: 0n })).toBe(16)
    expect(size({ map_type: 1, map_name: 'x' })).toBe(44)
    expect(size({ map_type: 1, map_extra: 1n })).toBe(72)
  })

  it('leaves pointers open and names what they are to point at', () => {
    const key = new Uint8Array(4)
    const value = new Uint8Array(8)
    expect(encodeAttr(MAP_LOOKUP_ELEM, { map_fd: 3, key, value })).toEqual({
      bytes: Uint8Array.from([3, ...new Array<number>(23).fill(0)]),
      pointers: [
        { field: 'key', offset: 8, target: key },
        { field: 'value', offset: 16, target: value },
      ],
    })
  })

  it('makes the null pointer of no bytes', () => {
    const encoded = encodeAttr(MAP_LOOKUP_ELEM, {
      map_fd: 3,
      key: new Uint8Array(0),
      value: new Uint8Array(1),
    })
    expect(encoded.pointers.map(({ field }) => field)).toEqual(['value'])
  })

  it('takes 64-bit values as numbers and as bigints', () => {
    const last = (map_extra: number | bigint): bigint =>
      new DataView(encodeAttr(MAP_CREATE, { map_type: 1, map_extra }).bytes.buffer).getBigUint64(64, true)
    expect(last(5)).toBe(5n)
    expect(last(2n ** 64n - 1n)).toBe(2n ** 64n - 1n)
  })

  it('takes the whole range of each integer and nothing beyond', () => {
    const limits = (name: string, value: number | bigint): string =>
      codeOf(() => encodeAny(MAP_CREATE, { map_type: 1, [name]: value }))
    expect(limits('key_size', 0xffff_ffff)).toBe('no error')
    expect(limits('key_size', 0x1_0000_0000)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('key_size', -1)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('key_size', 1.5)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('key_size', NaN)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('map_token_fd', -1)).toBe('no error')
    expect(limits('map_token_fd', -0x8000_0001)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('map_extra', 2n ** 64n)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('map_extra', -1n)).toBe('ABI_VALUE_OUT_OF_RANGE')
    expect(limits('map_extra', 2 ** 53)).toBe('ABI_VALUE_OUT_OF_RANGE')
  })

  it('never cuts text, and counts it in bytes with its NUL', () => {
    const named = (map_name: string): string =>
      codeOf(() => encodeAttr(MAP_CREATE, { map_type: 1, map_name }))
    expect(named('123456789012345')).toBe('no error')
    expect(named('1234567890123456')).toBe('ABI_VALUE_TOO_LONG')
    expect(named('12345678901234é')).toBe('ABI_VALUE_TOO_LONG')
    expect(named('a\0b')).toBe('ABI_WRONG_VALUE')
  })

  it('takes bytes up to the size of their field', () => {
    expect(codeOf(() => encodeAny(BPF_PROG_INFO, { tag: new Uint8Array(8).fill(1) }))).toBe('no error')
    expect(codeOf(() => encodeAny(BPF_PROG_INFO, { tag: new Uint8Array(9) }))).toBe('ABI_VALUE_TOO_LONG')
  })

  it('refuses values of another type, unknown names and two members of one union', () => {
    expect(codeOf(() => encodeAny(MAP_CREATE, { map_type: 'hash' }))).toBe('ABI_WRONG_VALUE')
    expect(codeOf(() => encodeAny(MAP_CREATE, { map_type: 1, map_name: 5 }))).toBe('ABI_WRONG_VALUE')
    expect(codeOf(() => encodeAny(MAP_LOOKUP_ELEM, { map_fd: 1, key: 5 }))).toBe('ABI_WRONG_VALUE')
    expect(codeOf(() => encodeAny(BPF_PROG_INFO, { tag: 5 }))).toBe('ABI_WRONG_VALUE')
    expect(codeOf(() => encodeAny(MAP_CREATE, { map_type: 1, colour: 1 }))).toBe('ABI_UNKNOWN_FIELD')
    const program = { prog_type: 1, insn_cnt: 1, insns: new Uint8Array(8), license: new Uint8Array(1) }
    expect(codeOf(() => encodeAny(PROG_LOAD, { ...program, attach_prog_fd: 1, attach_btf_obj_fd: 1 }))).toBe(
      'ABI_OVERLAPPING_FIELDS',
    )
  })
})
