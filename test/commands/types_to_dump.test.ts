import { describe, expect, it } from 'vitest'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { typesToDump } from '../../src/commands/types_to_dump.ts'
import { addBasics, built } from '../btf/build.ts'
import { expectBtfError } from '../btf/expect_code.ts'

const { btf, ids } = built((b) => {
  const { int } = addBasics(b)
  const struct = b.addStruct('task_struct', 4, [{ name: 'pid', type: int, bitOffset: 0 }])
  return { struct, typedef: b.addTypedef('task_struct', struct), tag: b.addDeclTag('bpf_kfunc', struct, -1) }
})

const none = { names: [], ids: [] }

describe('the types that somebody asks for', () => {
  it('are all of them where nothing is asked for', () => {
    expect(typesToDump(btf, none, 'c')).toBeUndefined()
  })

  it('are all those of a name, and those of an id', () => {
    expect(typesToDump(btf, { ...none, names: ['task_struct'] }, 'raw')).toEqual([ids.struct, ids.typedef])
    expect(typesToDump(btf, { names: ['task_struct'], ids: [1] }, 'c')).toEqual([1, ids.struct, ids.typedef])
  })

  it('are of a kind that the name is given with, as C has it', () => {
    expect(typesToDump(btf, { ...none, names: ['struct task_struct'] }, 'raw')).toEqual([ids.struct])
    expect(() => typesToDump(btf, { ...none, names: ['union task_struct'] }, 'raw')).toThrow(
      expect.objectContaining({ message: 'test has no type union task_struct; did you mean task_struct?' }),
    )
  })

  it('may be what only C has no words for', () => {
    expect(typesToDump(btf, { ...none, names: ['bpf_kfunc'] }, 'raw')).toEqual([ids.tag])
    expect(() => typesToDump(btf, { ...none, names: ['bpf_kfunc'] }, 'c')).toThrow(
      expect.objectContaining({
        code: 'NOT_IN_C',
        message: 'test has bpf_kfunc as decl_tag only, which C does not declare',
      }),
    )
  })

  it.each([
    ['task_strct', 'test has no type task_strct; did you mean task_struct?'],
    ['nothing_like_it', 'test has no type nothing_like_it'],
    ['', 'test has no type '],
  ])('are not there: %j', (name, message) => {
    expect(() => typesToDump(btf, { ...none, names: [name] }, 'raw')).toThrow(
      expect.objectContaining({ code: 'NO_SUCH_TYPE', message }),
    )
  })

  it('have ids that are not there', () => {
    expectBtfError(() => typesToDump(btf, { ...none, ids: [99] }, 'raw'), 'BTF_NO_SUCH_TYPE')
  })

  it('may be among those that cannot be found', () => {
    const builder = new BtfBuilder()
    builder.addRaw({ nameOffset: 0, info: 99 << 24, sizeOrType: 0 })
    const bytes = builder.finish({ endianness: 'little' })
    const newer = Btf.parse(bytes, { name: 'newer', atUnknownKind: 'stop' })
    expect(() => typesToDump(newer, { ...none, names: ['x'] }, 'raw')).toThrow(
      /^newer has no type x among the 0 that could be found: BTF of newer: type 1 /,
    )
  })
})
