import { describe, expect, it } from 'vitest'
import { typeId, VOID } from '../../src/base/units.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { type ObjectDescription, writeObject } from './object_writer.ts'

/** `.data.samples` with `int count` and `u64 samples[1]`; `.bss` with `u64 lost`. */
function specOf(changes: Partial<ObjectDescription> = {}): ObjectSpec {
  const bytes = writeObject({
    types: (builder, { u64 = VOID, int = VOID }) => ({ samples: builder.addArray(u64, int, 1) }),
    data: {
      '.data.samples': [
        { name: 'count', type: 'int', bytes: [3, 0, 0, 0] },
        { name: 'samples', type: 'samples', bytes: [9, 0, 0, 0, 0, 0, 0, 0] },
      ],
      '.bss': [
        { name: 'lost', type: 'u64' },
        { name: 'last', type: 'u64' },
      ],
    },
    ...changes,
  })
  return parseObject(bytes, 'test.bpf.o')
}

function resize(spec: ObjectSpec, map: string, size: number): void {
  const found = spec.maps.get(map) ?? expect.fail(`no map ${map}`)
  found.valueSize = size
}

describe('an object with a data section that is resized', () => {
  it.each(['little', 'big'] as const)('takes and gives a longer array (%s-endian)', (endianness) => {
    const spec = specOf({ endianness })
    spec.globals['count'] = 3
    resize(spec, '.data.samples', 8 + 8 * 4)
    expect(spec.globals['count']).toBe(3)
    expect(spec.globals['samples']).toHaveLength(4)
    spec.globals['samples'] = [1n, 2n, 3n, 4n]
    expect(spec.globals['samples']).toEqual([1n, 2n, 3n, 4n])
    const error = bpfErrorOf('OBJECT_BAD_VALUE', () => {
      spec.globals['samples'] = [1n]
    })
    expect(error.message).toContain('samples takes an array of 4, not an array of 1')
  })

  it('describes the array in its BTF, with all other types as they were', () => {
    const spec = specOf()
    const before = spec.btf ?? expect.fail('no BTF')
    resize(spec, '.data.samples', 8 + 8 * 4)
    const after = spec.btf ?? expect.fail('no BTF')
    expect(spec.btf).toBe(after)
    expect(after.typeCount).toBe(before.typeCount + 1)
    const changed = new Set(['.data.samples', 'samples'])
    for (let id = 1; id <= before.typeCount; id++) {
      if (!changed.has(before.nameOf(typeId(id))))
        expect(after.type(typeId(id))).toEqual(before.type(typeId(id)))
    }
    expect(after.find('.data.samples', 'datasec')).toMatchObject({ size: 40 })
    expect(spec.variables.find(({ name }) => name === 'samples')).toMatchObject({ offset: 8, size: 32 })
    expect(spec.maps.get('.data.samples')?.valueType).toBe(before.find('.data.samples', 'datasec')?.id)
  })

  it('has everything as it was once the section has its size again', () => {
    const spec = specOf()
    const { btf, variables } = spec
    resize(spec, '.data.samples', 80)
    resize(spec, '.data.samples', 16)
    expect(spec.btf).toBe(btf)
    expect(spec.variables).toEqual(variables)
    expect(spec.globals).toMatchObject({ count: 3, samples: [9n], lost: 0n })
  })

  it('depends on the last size alone, not on those before', () => {
    const [once, often] = [specOf(), specOf()]
    resize(once, '.data.samples', 80)
    for (const size of [800, 24, 80]) resize(often, '.data.samples', size)
    expect(often.btf?.bytes).toEqual(once.btf?.bytes)
  })

  it('has no type for a section that does not end with an array, and loses the variables that are cut off', () => {
    const spec = specOf()
    const { btf } = spec
    resize(spec, '.bss', 12)
    expect(spec.maps.get('.bss')?.valueType).toBe(VOID)
    expect(spec.btf).toBe(btf)
    expect(spec.variables.map(({ name }) => name)).toEqual(['count', 'samples', 'lost'])
    expect(spec.globals['lost']).toBe(0n)
    const error = bpfErrorOf('OBJECT_UNKNOWN_NAME', () => spec.globals['last'])
    expect(error.message).toContain('it lies at byte 8 of its section, whose map was resized to 12 bytes')
  })

  it('is resized without types where it has none', () => {
    const spec = specOf({ debugInfo: 'absent' })
    resize(spec, '.bss', 1000)
    expect(spec.btf).toBeUndefined()
    expect(spec.maps.get('.bss')?.contents).toHaveLength(1000)
  })

  it('is resized without types where they cannot be followed', () => {
    const spec = specOf({ types: (builder) => ({ samples: builder.addTypedef('t', builder.nextId) }) })
    resize(spec, '.data.samples', 17)
    expect(spec.maps.get('.data.samples')?.valueType).toBe(VOID)
    expect(spec.globals['count']).toBe(3)
  })
})
