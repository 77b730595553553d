import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { markHiddenFunctions } from '../../src/object/hidden_functions.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { type ObjectDescription, type ProgramDescription, writeObject } from '../object/object_writer.ts'

const description: ObjectDescription = {
  programs: [
    { name: 'open', section: '.text' },
    { name: 'hidden', section: '.text', linkage: 'hidden' },
    { name: 'local', section: '.text', linkage: 'static' },
    { name: 'program', section: 'xdp', linkage: 'hidden' },
  ],
}

function linkagesIn(btf: Btf | undefined): Record<string, string> {
  const functions = (btf?.idsOfKind('func') ?? []).map((id) => btf!.type(id))
  return Object.fromEntries(
    functions.flatMap((type) => (type.kind === 'func' ? [[type.name, type.linkage]] : [])),
  )
}

describe('hidden functions', () => {
  it.each(['little', 'big'] as const)(
    'are static in a %s-endian object’s BTF, unless they are programs',
    (endianness) => {
      const { btf } = parseObject(writeObject({ ...description, endianness }), 'test.bpf.o')
      expect(linkagesIn(btf)).toEqual({
        open: 'global',
        hidden: 'static',
        local: 'static',
        program: 'global',
      })
    },
  )

  it('are so by internal visibility too', () => {
    const programs: readonly ProgramDescription[] = [{ name: 'f', section: '.text' }]
    const spec = parseObject(writeObject({ programs, symbolLies: { f: { visibility: 1 } } }), 'test.bpf.o')
    expect(linkagesIn(spec.btf)).toEqual({ f: 'static' })
  })

  it('keep everything else of their types, and other types all of theirs', () => {
    const { btf } = parseObject(writeObject({ programs: [{ name: 'f', section: '.text' }] }), 'test.bpf.o')
    const bytes = btf!.bytes.slice()
    markHiddenFunctions(btf!, bytes, new Set(['int']))
    expect(bytes).toEqual(btf!.bytes)
    markHiddenFunctions(btf!, bytes, new Set(['f']))
    const id = btf!.idsOfKind('func')[0]!
    expect(Btf.parse(bytes, { name: 'test' }).type(id)).toEqual({ ...btf!.type(id), linkage: 'static' })
  })
})
