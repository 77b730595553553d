import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { appendArrays } from '../../src/btf/append_arrays.ts'
import { Btf } from '../../src/btf/btf.ts'
import { readHeader } from '../../src/btf/header.ts'
import { addBasics, built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

const element = typeId(3)
const index = typeId(1)

/** The same BTF with a longer header, whose sections lie in another order, with gaps and a layout section. */
function rearranged(bytes: Uint8Array): Uint8Array {
  const { types, strings } = readHeader(bytes, 'test')
  const headerSize = 40
  const stringsOffset = 4
  const layoutOffset = stringsOffset + Math.ceil(strings.length / 4) * 4
  const layout = Uint8Array.from({ length: 20 * 4 }, (_, at) => at)
  const typesOffset = layoutOffset + layout.length + 8
  const out = new Uint8Array(headerSize + typesOffset + types.length)
  out.set(bytes.subarray(0, 4))
  const words = [headerSize, typesOffset, types.length, stringsOffset, strings.length]
  new Uint32Array(out.buffer).set([...words, layoutOffset, layout.length, 0x1234, 0x5678], 1)
  out.set(strings, headerSize + stringsOffset)
  out.set(layout, headerSize + layoutOffset)
  out.set(types, headerSize + typesOffset)
  return out
}

describe('appendArrays', () => {
  it.each(['little', 'big'] as const)(
    'adds arrays behind the types, which keep ids and names (%s-endian)',
    (endianness) => {
      const { btf } = built(addBasics, { endianness })
      const bytes = appendArrays(btf.bytes, 'test', [
        { element, index, length: 7 },
        { element: typeId(6), index, length: 2 },
      ])
      const grown = Btf.parse(bytes, { name: 'grown' })
      expect(grown.endianness).toBe(endianness)
      expect(grown.typeCount).toBe(btf.typeCount + 2)
      for (let id = 1; id <= btf.typeCount; id++) expect(grown.type(typeId(id))).toEqual(btf.type(typeId(id)))
      expect(grown.type(typeId(6))).toMatchObject({ kind: 'array', element, index, length: 7 })
      expect(grown.type(typeId(7))).toMatchObject({ kind: 'array', element: 6, length: 2 })
    },
  )

  it('leaves what it was given as it was', () => {
    const { btf } = built(addBasics)
    const before = btf.bytes.slice()
    appendArrays(btf.bytes, 'test', [{ element, index, length: 7 }])
    expect(btf.bytes).toEqual(before)
  })

  it('keeps a longer header, a layout section, and strings that come before the types', () => {
    const { btf } = built(addBasics)
    const odd = rearranged(btf.bytes)
    const bytes = appendArrays(odd, 'test', [{ element, index, length: 7 }])
    const grown = Btf.parse(bytes, { name: 'grown' })
    expect(grown.type(typeId(4))).toMatchObject({ kind: 'int', name: 'unsigned long long' })
    expect(grown.type(typeId(6))).toMatchObject({ kind: 'array', length: 7 })
    expect(readHeader(bytes, 'grown').layout).toEqual(readHeader(odd, 'odd').layout)
    expect([...new Uint32Array(bytes.buffer, 32, 2)]).toEqual([0x1234, 0x5678])
  })

  it('refuses bytes that are no BTF', () => {
    expectBtfError(() => appendArrays(new Uint8Array(64), 'test', []), 'BTF_BAD_HEADER')
  })
})
