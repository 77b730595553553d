import { describe, expect, it } from 'vitest'
import { typeId, type TypeId } from '../../src/base/units.ts'
import type { Btf } from '../../src/btf/btf.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { lastArrayOf, resizeDatasecs } from '../../src/btf/resize_datasecs.ts'
import { addBasics, type Basics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

/** A DATASEC with a u64 and, 8 bytes on, a variable of the type that `add` gives. */
function section(
  add: (builder: BtfBuilder, basics: Basics) => TypeId,
  endianness: 'little' | 'big' = 'little',
): { btf: Btf; datasec: TypeId } {
  const { btf, ids } = built(
    (builder) => {
      const basics = addBasics(builder)
      const last = add(builder, basics)
      const variables = [
        { type: builder.addVar('first', basics.u64, 'global'), offset: 0, size: 8 },
        { type: builder.addVar('last', last, 'global'), offset: 8, size: 12 },
      ]
      return builder.addDatasec('.data.x', 20, variables)
    },
    { endianness },
  )
  return { btf, datasec: ids }
}

const ofThree = (builder: BtfBuilder, { u32, int }: Basics): TypeId => builder.addArray(u32, int, 3)

describe('resizeDatasecs', () => {
  it.each(['little', 'big'] as const)('gives the last array as many elements as fit (%s)', (endianness) => {
    const { btf, datasec } = section(ofThree, endianness)
    const before = btf.bytes.slice()
    const resized = resizeDatasecs(btf, [{ datasec, size: 48 }])
    expect(lastArrayOf(resized, datasec)).toMatchObject({
      datasec: {
        size: 48,
        variables: [
          { offset: 0, size: 8 },
          { offset: 8, size: 40 },
        ],
      },
      type: { id: btf.typeCount + 1, length: 10, element: 3, index: 1 },
    })
    expect(resized.typeCount).toBe(btf.typeCount + 1)
    // The array that it was is still there for whoever else refers to it.
    expect(resized.type(typeId(6))).toMatchObject({ kind: 'array', length: 3 })
    expect(btf.bytes).toEqual(before)
  })

  it('resizes several at once, and none where there is none to resize', () => {
    const { btf, ids } = built((builder) => {
      const { u32, int } = addBasics(builder)
      const array = builder.addArray(u32, int, 1)
      return ['.data.a', '.data.b'].map((name) =>
        builder.addDatasec(name, 4, [{ type: builder.addVar(name, array, 'global'), offset: 0, size: 4 }]),
      )
    })
    const sizes = ids.map((datasec, index) => ({ datasec, size: 8 + index * 4 }))
    const resized = resizeDatasecs(btf, sizes)
    expect(ids.map((id) => lastArrayOf(resized, id)?.type.length)).toEqual([2, 3])
    expect(resizeDatasecs(btf, []).bytes).toEqual(btf.bytes)
  })

  it('leaves a section that ends with something else as it is', () => {
    const { btf, datasec } = section((_, { u32 }) => u32)
    expect(resizeDatasecs(btf, [{ datasec, size: 48 }]).bytes).toEqual(btf.bytes)
  })
})

describe('lastArrayOf', () => {
  it('looks behind typedefs and qualifiers, and counts the elements of arrays of arrays as they are', () => {
    const { btf, datasec } = section((builder, { u32, int }) => {
      const rows = builder.addArray(builder.addArray(u32, int, 3), int, 1)
      return builder.addModifier('volatile', builder.addTypedef('rows', rows))
    })
    expect(lastArrayOf(btf, datasec)).toMatchObject({ offset: 8, elementSize: 12, type: { length: 1 } })
  })

  it('finds none in an empty section, nor in what is no section', () => {
    const { btf, ids } = built((builder) => [addBasics(builder).int, builder.addDatasec('.bss', 0, [])])
    for (const id of ids) expect(lastArrayOf(btf, id)).toBeUndefined()
  })

  it('finds none where an element takes no room', () => {
    const { btf, datasec } = section((builder, { int }) =>
      builder.addArray(builder.addStruct('nothing', 0, []), int, 3),
    )
    expect(lastArrayOf(btf, datasec)).toBeUndefined()
  })

  it('finds none where the entry is no variable', () => {
    const { btf, ids } = built((builder) => {
      const { u32, int } = addBasics(builder)
      return builder.addDatasec('.bss', 4, [{ type: builder.addArray(u32, int, 1), offset: 0, size: 4 }])
    })
    expect(lastArrayOf(btf, ids)).toBeUndefined()
  })

  it('says what is wrong with types that cannot be followed', () => {
    const circle = section((builder) => builder.addTypedef('t', builder.nextId))
    expectBtfError(() => lastArrayOf(circle.btf, circle.datasec), 'BTF_TOO_DEEP')
    const missing = section((builder, { int }) => builder.addArray(typeId(99), int, 3))
    expectBtfError(() => lastArrayOf(missing.btf, missing.datasec), 'BTF_NO_SUCH_TYPE')
  })
})
