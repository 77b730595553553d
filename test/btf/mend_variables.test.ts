import { describe, expect, it } from 'vitest'
import { typeId, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import type { BtfBuilder } from '../../src/btf/encoder.ts'
import { mendSplitVariables, type SplitVariable } from '../../src/btf/mend_variables.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { loadBtf } from '../../src/kernel/bpf_calls.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { bpfTest } from '../kernel/require.ts'
import { built } from './build.ts'

/** What clang makes of a static struct of 32 bytes of which one long and one bit are used. */
function addSplit(b: BtfBuilder): { whole: TypeId; first: TypeId; second: TypeId; kept: TypeId } {
  const whole = b.addArray(b.addInt('long', 8, { encoding: 'signed' }), typeId(1), 4)
  const first = b.addVar('state.0', whole, 'static')
  const second = b.addVar('state.1', whole, 'static')
  const kept = b.addVar('all', whole, 'global')
  b.addDatasec('.bss', 48, [
    { type: first, offset: 0, size: 8 },
    { type: second, offset: 8, size: 1 },
    { type: kept, offset: 16, size: 32 },
  ])
  return { whole, first, second, kept }
}

function mended(btf: Btf): { bytes: Uint8Array; told: readonly SplitVariable[] } {
  const told: SplitVariable[] = []
  const bytes = mendSplitVariables(btf, (variable) => told.push(variable))
  return { bytes, told }
}

describe('mendSplitVariables', () => {
  it.each(['little', 'big'] as const)(
    'makes a part of a variable bytes of its own size, %s-endian',
    (endianness) => {
      const { btf, ids } = built(addSplit, { endianness })
      const { bytes, told } = mended(btf)
      expect(told).toEqual([
        { name: 'state.0', section: '.bss', size: 8, typeSize: 32 },
        { name: 'state.1', section: '.bss', size: 1, typeSize: 32 },
      ])
      const after = Btf.parse(bytes, { name: 'mended' })
      const arrays = [ids.first, ids.second].map((id) => {
        const variable = after.type(id)
        const array = variable.kind === 'var' ? after.type(variable.type) : undefined
        if (array?.kind !== 'array') throw new Error('no array')
        return [array.length, after.nameOf(array.element), after.nameOf(array.index)]
      })
      expect(arrays).toEqual([
        [8, 'unsigned char', '__ARRAY_SIZE_TYPE__'],
        [1, 'unsigned char', '__ARRAY_SIZE_TYPE__'],
      ])
      expect(after.type(ids.kept)).toEqual(btf.type(ids.kept))
      for (let id = 1; id <= btf.typeCount; id++) expect(after.kind(typeId(id))).toBe(btf.kind(typeId(id)))
    },
  )

  it('adds one array for parts of one size', () => {
    const { btf } = built((b) => {
      const long = b.addInt('long', 8)
      const parts = ['a.0', 'b.0'].map((name) => b.addVar(name, b.addArray(long, long, 9), 'static'))
      b.addDatasec(
        '.data',
        8,
        parts.map((type, index) => ({ type, offset: index * 4, size: 4 })),
      )
    })
    // unsigned char, the index type, one array
    expect(Btf.parse(mended(btf).bytes, { name: 'mended' }).typeCount).toBe(btf.typeCount + 3)
  })

  it('gives the bytes as they are where every variable has its place', () => {
    const { btf } = built((b) => {
      const int = b.addInt('int', 4)
      b.addDatasec('.bss', 12, [
        { type: b.nextId, offset: 0, size: 0 },
        // A flexible array has more bytes than its type.
        { type: b.addVar('v', int, 'global'), offset: 0, size: 12 },
      ])
    })
    expect(mended(btf)).toEqual({ bytes: btf.bytes, told: [] })
  })

  it('leaves alone a variable that does not exist', () => {
    const { btf } = built((b) => b.addDatasec('.ksyms', 0, [{ type: typeId(99), offset: 0, size: 4 }]))
    expect(mended(btf)).toEqual({ bytes: btf.bytes, told: [] })
  })

  it('leaves alone what has no size', () => {
    const { btf } = built((b) => {
      const variable = b.addVar('f', b.addFuncProto(typeId(0), []), 'static')
      b.addDatasec('.bss', 8, [{ type: variable, offset: 0, size: 8 }])
    })
    expect(mended(btf)).toEqual({ bytes: btf.bytes, told: [] })
  })

  bpfTest('makes BTF that the kernel takes of BTF that it refuses', () => {
    const kernel = openKernel()
    const { btf } = built(addSplit)
    const load = (bytes: Uint8Array): void => {
      loadBtf(kernel, { btf: bytes, btf_size: bytes.length }).close()
    }
    bpfErrorOf('EINVAL', () => {
      load(btf.bytes)
    })
    load(mended(btf).bytes)
  })
})
