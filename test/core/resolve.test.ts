import { describe, expect, it } from 'vitest'
import { byteOffset, type TypeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
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

  it('asks the targets only for relocations that have to do with them', () => {
    const never = (): never => expect.fail('must not be asked for')
    const asked = relo('type_id_local', anonymous, '0')
    const {
      candidates,
      target: to,
      result,
    } = new CoreResolver(local.btf, { vmlinux: never, modules: never }, [asked]).resolve(asked)
    expect({ candidates, to }).toEqual({ candidates: [], to: undefined })
    expect(result).toMatchObject({ kind: 'value', expected: undefined, value: BigInt(anonymous) })
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

describe('CoreResolver on types and enumerators', () => {
  const program = built((builder) => {
    const { int, u64 } = addBasics(builder)
    const enumerators = ['GREEN', 'GONE'].map((name, index) => ({ name, value: BigInt(index) }))
    return {
      record: builder.addStruct('record___mine', 8, [at(0, 'a', int)]),
      other: builder.addStruct('record', 16, [at(0, 'a', int)]),
      anonymous: builder.addEnum('', { size: 4, signed: false, enumerators }),
      color: builder.addEnum('color', { size: 4, signed: false, enumerators }),
      alias: builder.addTypedef('word_t', u64),
      absent: builder.addTypedef('absent_t', u64),
      unsized: builder.addFwd('declared', 'struct'),
    }
  })

  /** Two records, of which only the second has all that the program's has; two colors that disagree on GREEN. */
  const kernel = built((builder) => {
    const { int, u8, u64 } = addBasics(builder)
    const value = (number: bigint): { name: string; value: bigint }[] => [{ name: 'GREEN', value: number }]
    return {
      first: builder.addStruct('record', 24, [at(0, 'b', int)]),
      second: builder.addStruct('record', 32, [at(4, 'a', int)]),
      green: builder.addEnum('color', { size: 4, signed: false, enumerators: value(3n) }),
      wide: builder.addEnum64('color___wide', { size: 8, signed: false, enumerators: value(4n) }),
      byte: builder.addTypedef('word_t', u8),
      word: builder.addTypedef('word_t', builder.addModifier('const', u64)),
      struct: builder.addTypedef('word_t', builder.addStruct('', 1, [])),
      declared: builder.addFwd('declared', 'struct'),
    }
  })

  const { record, other, color, alias, absent, unsized } = program.ids
  const everything = Object.values(program.ids).map((root) => relo('type_exists', root, '0'))
  const typeResolver = (): CoreResolver =>
    new CoreResolver(program.btf, { vmlinux: () => kernel.btf, modules: () => [] }, everything)
  const valueOf = (
    resolving: CoreResolver,
    kind: CoreKindName,
    root: TypeId,
    text = '0',
  ): bigint | 'poison' => {
    const { result } = resolving.resolve(relo(kind, root, text))
    return result.kind === 'poison' ? 'poison' : result.value
  }

  it('tells the family, and the types of both sides', () => {
    const resolution = typeResolver().resolve(relo('type_matches', record, '0'))
    expect(resolution).toMatchObject({
      family: 'type',
      kind: 'type_matches',
      local: { btf: program.btf, id: record },
      target: { btf: kernel.btf, id: kernel.ids.second },
      result: { kind: 'value', value: 1n },
    })
    expect(resolution.candidates).toMatchObject([{ match: undefined }, { match: { id: kernel.ids.second } }])
  })

  it('takes the strict relation for type_matches, and the loose one for all else', () => {
    expect(typeResolver().resolve(relo('type_exists', record, '0')).candidates).toMatchObject([
      { match: { id: kernel.ids.first } },
      { match: { id: kernel.ids.second } },
    ])
  })

  it.each(['type_id_target', 'type_size'] as const)('refuses %s of types that disagree', (kind) => {
    const error = bpfErrorOf('CORE_AMBIGUOUS', () => typeResolver().resolve(relo(kind, record, '0')))
    expect(error.message).toContain(`${kind} of type struct record___mine: 2 types match and disagree`)
    expect(error.message).toContain(`type ${kernel.ids.first} of test (struct record) gives`)
  })

  it('keeps what one kind of relocation found for all others of that root', () => {
    const narrowing = typeResolver()
    expect(valueOf(narrowing, 'type_matches', record)).toBe(1n)
    expect(valueOf(narrowing, 'type_size', record)).toBe(32n)
    expect(valueOf(narrowing, 'type_id_target', record)).toBe(BigInt(kernel.ids.second))
    expect(valueOf(narrowing, 'field_byte_offset', record, '0:0')).toBe(4n)
    bpfErrorOf('CORE_AMBIGUOUS', () => valueOf(narrowing, 'type_size', other))
  })

  it('keeps what a field found for the types', () => {
    const narrowing = typeResolver()
    expect(valueOf(narrowing, 'field_exists', record, '0:0')).toBe(1n)
    expect(valueOf(narrowing, 'type_size', record)).toBe(32n)
  })

  it('compares a typedef with typedefs of its name, whatever they stand for', () => {
    const { candidates } = typeResolver().resolve(relo('type_exists', alias, '0'))
    expect(candidates).toMatchObject([
      { match: { id: kernel.ids.byte } },
      { match: { id: kernel.ids.word } },
      { match: undefined },
    ])
    const narrowing = typeResolver()
    expect(valueOf(narrowing, 'type_matches', alias)).toBe(1n)
    expect(valueOf(narrowing, 'type_size', alias)).toBe(8n)
    expect(valueOf(narrowing, 'type_id_target', alias)).toBe(BigInt(kernel.ids.word))
  })

  it.each([
    ['type_exists', 0n],
    ['type_matches', 0n],
    ['type_size', 0n],
    ['type_id_target', 0n],
    ['type_id_local', BigInt(absent)],
  ] as const)('answers %s of a type that the target lacks with %s', (kind, value) => {
    expect(valueOf(typeResolver(), kind, absent)).toBe(value)
  })

  it('refuses the size of a type that is only declared', () => {
    expect(valueOf(typeResolver(), 'type_exists', unsized)).toBe(1n)
    bpfErrorOf('BTF_NO_SIZE', () => valueOf(typeResolver(), 'type_size', unsized))
  })

  it.each(['', '1', '0:0', '00'])('refuses the access string %j for a whole type', (text) => {
    for (const kind of ['type_exists', 'type_id_local'] as const) {
      bpfErrorOf('CORE_BAD_RELOCATION', () => typeResolver().resolve(relo(kind, record, text)))
    }
  })

  it('poisons an enumerator that no candidate has, and answers 0 where its existence is asked for', () => {
    expect(valueOf(typeResolver(), 'enumval_value', color, '1')).toBe('poison')
    expect(valueOf(typeResolver(), 'enumval_exists', color, '1')).toBe(0n)
    expect(valueOf(typeResolver(), 'enumval_exists', color, '0')).toBe(1n)
  })

  it('refuses enumerators whose values disagree', () => {
    const error = bpfErrorOf('CORE_AMBIGUOUS', () => valueOf(typeResolver(), 'enumval_value', color, '0'))
    expect(error.message).toContain(
      `enumval_value of enumerator GREEN of enum color: 2 types match and disagree: ` +
        `type ${kernel.ids.green} of test (enum color) gives 3; type ${kernel.ids.wide} of test (enum color___wide) gives 4`,
    )
  })

  it('refuses an enumerator that the object’s own enum does not have, and an enum without a name', () => {
    bpfErrorOf('CORE_BAD_RELOCATION', () => valueOf(typeResolver(), 'enumval_value', color, '2'))
    bpfErrorOf('CORE_BAD_RELOCATION', () => valueOf(typeResolver(), 'enumval_value', record, '0'))
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () =>
      valueOf(typeResolver(), 'enumval_exists', program.ids.anonymous, '0'),
    )
    expect(error.message).toContain('enumerator GREEN of enum {...}: its root type has no name')
  })

  it.each(coreKinds.map(({ name }) => name))('refuses %s of a root that is no type', (kind) => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => typeResolver().resolve(relo(kind, 9999 as TypeId, '0')))
  })
})

describe('CoreResolver with a target that has a kind which is not known', () => {
  const builder = new BtfBuilder()
  const { int } = addBasics(builder)
  builder.addStruct('task', 64, [at(40, 'pid', int)])
  builder.addRaw({ nameOffset: 0, info: 20 << 24, sizeOrType: 0 })
  builder.addStruct('absent', 64, [at(8, 'pid', int)])
  const incomplete = Btf.parse(builder.finish({ endianness: 'little' }), {
    name: 'vmlinux',
    atUnknownKind: 'stop',
  })
  const incompleteResolver = (): CoreResolver =>
    new CoreResolver(local.btf, { vmlinux: () => incomplete, modules: () => [] }, announced)

  it('resolves what lies before it', () => {
    const { result } = incompleteResolver().resolve(relo('field_byte_offset', task, '0:0'))
    expect(result).toMatchObject({ kind: 'value', value: 40n })
  })

  it.each([
    ['type_exists', '0'],
    ['field_exists', '0:0'],
    ['field_byte_offset', '0:0'],
  ] as const)('does not say that something is absent which may lie behind: %s', (kind, access) => {
    const error = bpfErrorOf('CORE_TARGET_UNKNOWN', () =>
      incompleteResolver().resolve(relo(kind, absent, access)),
    )
    expect(error.message).toMatch(
      /^cannot resolve .* absent.*not all could: BTF of vmlinux: type 7 .* has kind 20/,
    )
    expect(error.cause).toBe(incomplete.gap)
  })

  it('needs no target for the type id in the object itself', () => {
    const { result } = incompleteResolver().resolve(relo('type_id_local', absent, '0'))
    expect(result).toMatchObject({ kind: 'value', value: BigInt(absent) })
  })
})
