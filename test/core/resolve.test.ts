import { describe, expect, it } from 'vitest'
import { byteOffset, type TypeId } from '../../src/base/units.ts'
import type { CoreRelo } from '../../src/btf/btf_ext.ts'
import { type CoreKindName, coreKinds } from '../../src/core/kinds.ts'
import type { FieldResolution } from '../../src/core/resolution.ts'
import { CoreResolver } from '../../src/core/resolve.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { at } from './members.ts'

function relo(kind: CoreKindName | number, root: TypeId, accessString: string): CoreRelo {
  const number = typeof kind === 'number' ? kind : coreKinds.findIndex(({ name }) => name === kind)
  return { insnOffset: byteOffset(0), typeId: root, accessString, kind: number }
}

const local = built((builder) => {
  const { int } = addBasics(builder)
  return {
    task: builder.addStruct('task', 16, [
      at(0, 'pid', int),
      at(4, 'tgid', int),
      at(8, 'gone', int),
      at(12, 'cpu', int),
    ]),
    alias: builder.addTypedef('task', builder.addStruct('', 4, [at(0, 'pid', int)])),
    anonymous: builder.addStruct('', 4, [at(0, 'pid', int)]),
    absent: builder.addStruct('absent', 4, [at(0, 'pid', int)]),
  }
})

/** Two types called task: they agree on pid, disagree on tgid, and only the second has cpu. */
const target = built((builder) => {
  const { int } = addBasics(builder)
  return {
    first: builder.addStruct('task', 64, [at(40, 'pid', int), at(44, 'tgid', int)]),
    second: builder.addStruct('task___x', 64, [at(40, 'pid', int), at(48, 'tgid', int), at(52, 'cpu', int)]),
  }
})

const { task, alias, anonymous, absent } = local.ids

/** What the resolver is told beforehand: relocations of any kind that searches the target will do. */
const announced = Object.values(local.ids).map((root) => relo('field_exists', root, '0'))

function resolver(): CoreResolver {
  return new CoreResolver(local.btf, { vmlinux: () => target.btf, modules: () => [] }, announced)
}

function resolveField(asked: CoreRelo): FieldResolution {
  const resolution = resolver().resolve(asked)
  return resolution.family === 'field' ? resolution : expect.fail('not a field')
}

describe('CoreResolver', () => {
  it('tells the value and everything that led to it', () => {
    const {
      kind,
      local: from,
      candidates,
      target: to,
      result,
    } = resolveField(relo('field_byte_offset', task, '0:0'))
    expect(kind).toBe('field_byte_offset')
    expect(from.bitOffset).toBe(0)
    expect(candidates.map(({ candidate }) => candidate.id)).toEqual([target.ids.first, target.ids.second])
    expect(to?.bitOffset).toBe(320)
    expect(result).toMatchObject({ kind: 'value', expected: 0n, value: 40n })
  })

  it('refuses candidates that disagree, and shows all of them', () => {
    const error = bpfErrorOf('CORE_AMBIGUOUS', () =>
      resolver().resolve(relo('field_byte_offset', task, '0:1')),
    )
    expect(error.message).toContain('field_byte_offset of struct task.tgid: 2 types match and disagree')
    expect(error.message).toContain(`type ${target.ids.first} of test (struct task) has it at bit 352`)
    expect(error.message).toContain(`type ${target.ids.second} of test (struct task___x) has it at bit 384`)
  })

  it('refuses candidates that disagree on the place even if only its existence is asked for', () => {
    bpfErrorOf('CORE_AMBIGUOUS', () => resolver().resolve(relo('field_exists', task, '0:1')))
  })

  it('narrows the candidates to those that have had every field so far', () => {
    const narrowing = resolver()
    expect(narrowing.resolve(relo('field_exists', task, '0:3')).result).toMatchObject({ value: 1n })
    const { candidates, result } = narrowing.resolve(relo('field_byte_offset', task, '0:1'))
    expect(candidates.map(({ candidate }) => candidate.id)).toEqual([target.ids.second])
    expect(result).toMatchObject({ value: 48n })
  })

  it('keeps all candidates where none has the field', () => {
    const narrowing = resolver()
    narrowing.resolve(relo('field_exists', task, '0:2'))
    expect(narrowing.resolve(relo('field_byte_offset', task, '0:0')).candidates).toHaveLength(2)
  })

  it('poisons a field that no candidate has, and answers 0 where its existence is asked for', () => {
    for (const [root, text] of [
      [task, '0:2'],
      [absent, '0:0'],
    ] as const) {
      const { target: to, result } = resolver().resolve(relo('field_byte_offset', root, text))
      expect(to).toBeUndefined()
      expect(result).toEqual({ kind: 'poison' })
      expect(resolver().resolve(relo('field_exists', root, text)).result).toMatchObject({
        kind: 'value',
        value: 0n,
      })
    }
  })

  it('does not take a struct of its name for a typedef', () => {
    expect(resolver().resolve(relo('field_exists', alias, '0:0')).candidates).toEqual([])
  })

  it('refuses a root without a name, for which the target cannot be searched', () => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () =>
      resolver().resolve(relo('field_exists', anonymous, '0:0')),
    )
    expect(error.message).toContain('has no name')
  })

  it('resolves equal relocations once', () => {
    const caching = resolver()
    const first = caching.resolve(relo('field_byte_offset', task, '0:0'))
    expect(caching.resolve(relo('field_byte_offset', task, '0:0'))).toBe(first)
    expect(caching.resolve(relo('field_byte_size', task, '0:0'))).not.toBe(first)
    expect(caching.resolve(relo('field_byte_offset', task, '0'))).not.toBe(first)
  })

  it.each([13, 4_000_000_000])('says that it does not know kind %s', (kind) => {
    const error = bpfErrorOf('CORE_UNSUPPORTED_KIND', () => resolver().resolve(relo(kind, task, '0')))
    expect(error.message).toContain(String(kind))
  })

  it('refuses an access string that the object’s own types do not bear out', () => {
    bpfErrorOf('CORE_BAD_RELOCATION', () => resolver().resolve(relo('field_exists', task, '0:9')))
    bpfErrorOf('CORE_BAD_RELOCATION', () => resolver().resolve(relo('field_exists', task, '')))
  })
})
