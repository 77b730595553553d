import { describe, expect, it } from 'vitest'
import { byteOffset, typeId } from '../../src/base/units.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { specGlobalStore } from '../../src/object/spec_globals.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeObject } from './object_writer.ts'

function specOf(endianness: 'little' | 'big' = 'little'): ObjectSpec {
  const bytes = writeObject({
    endianness,
    types: (builder, { int = typeId(0), u8 = typeId(0) }) => ({
      name: builder.addArray(builder.addInt('char', 1, { encoding: 'signed' }), int, 8),
      state: builder.addEnum('state', {
        size: 4,
        signed: false,
        enumerators: [
          { name: 'IDLE', value: 0n },
          { name: 'BUSY', value: 1n },
        ],
      }),
      nibble: builder.addStruct('nibble', 1, [{ name: 'low', type: u8, bitOffset: 0, bitfieldSize: 4 }]),
    }),
    data: {
      '.rodata': [{ name: 'min_ns', type: 'u64' }],
      '.data': [
        { name: 'delta', type: 'int', bytes: [0, 0, 0, 0] },
        { name: 'name', type: 'name' },
        { name: 'state', type: 'state', bytes: [0, 0, 0, 0] },
        { name: 'on', type: 'bool', bytes: [0] },
        { name: 'hidden', type: 'u32', bytes: [0, 0, 0, 0], linkage: 'static' },
      ],
    },
  })
  return parseObject(bytes, 'test.bpf.o')
}

describe('the globals of a spec', () => {
  it.each([
    ['min_ns', 5_000_000n],
    ['min_ns', 2n ** 64n - 1n],
    ['delta', -1],
    ['delta', -(2 ** 31)],
    ['name', 'bash'],
    ['state', 'BUSY'],
    ['on', true],
    ['hidden', 7],
  ])('sets %s to %s, in either byte order', (name, value) => {
    for (const endianness of ['little', 'big'] as const) {
      const { globals } = specOf(endianness)
      globals[name] = value
      expect(globals[name]).toBe(value)
    }
  })

  it('keeps the values in the initial contents of the section’s map', () => {
    const spec = specOf()
    spec.globals['min_ns'] = 0x0102n
    expect([...spec.maps.get('.rodata')!.contents]).toEqual([2, 1, 0, 0, 0, 0, 0, 0])
    const big = specOf('big')
    big.globals['min_ns'] = 0x0102n
    expect([...big.maps.get('.rodata')!.contents]).toEqual([0, 0, 0, 0, 0, 0, 1, 2])
  })

  it('leaves the neighbours of a variable alone', () => {
    const spec = specOf()
    const before = { ...spec.globals }
    spec.globals['state'] = 'BUSY'
    expect({ ...spec.globals }).toEqual({ ...before, state: 'BUSY' })
  })

  it.each([
    ['min_ns', -1n],
    ['min_ns', 2n ** 64n],
    ['min_ns', 1.5],
    ['min_ns', '5'],
    ['delta', 2 ** 31],
    ['name', 'eight by'],
    ['state', 'ASLEEP'],
    ['on', 1],
    ['on', undefined],
  ])('refuses to set %s to %s, and changes nothing', (name, value) => {
    const { globals } = specOf()
    const before = { ...globals }
    const error = bpfErrorOf('OBJECT_BAD_VALUE', () => Reflect.set(globals, name, value))
    expect(error.message).toContain(`cannot set global variable ${name} of test.bpf.o`)
    expect({ ...globals }).toEqual(before)
  })

  it('lists all variables for a name that none has', () => {
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => {
      specOf().globals['min_duration'] = 1n
    })
    for (const name of ['min_ns', 'delta', 'name', 'state', 'on', 'hidden'])
      expect(error.message).toContain(name)
  })
})

describe('specGlobalStore', () => {
  it('says that a variable has no contents where its map is not there', () => {
    const store = specGlobalStore('test.bpf.o', { btf: undefined, variables: [] }, new Map())
    const variable = {
      name: 'a',
      sectionName: '.data',
      offset: byteOffset(0),
      size: 8,
      type: typeId(1),
      linkage: 'global',
    } as const
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => store.read(variable))
    expect(error).toMatchObject({ object: 'test.bpf.o', section: '.data' })
  })
})
