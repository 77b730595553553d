import { describe, expect, it } from 'vitest'
import type { TypeId } from '../../src/base/units.ts'
import { matchEnumerator, parseEnumerator } from '../../src/core/enumerator.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { addBasics, built } from '../btf/build.ts'
import { enum32, enum64, int, type Shape, shaped, struct, typedef } from './shapes.ts'

const { btf, ids } = built((builder) => {
  const { int: word } = addBasics(builder)
  const state = builder.addEnum('state', {
    size: 4,
    signed: true,
    enumerators: [
      { name: 'LOST', value: -1n },
      { name: 'FOUND___old', value: 5n },
    ],
  })
  const wide = builder.addEnum64('wide', {
    size: 8,
    signed: false,
    enumerators: [{ name: 'HUGE', value: 1n << 63n }],
  })
  return { word, state, wide, alias: builder.addTypedef('state_t', builder.addModifier('const', state)) }
})

describe('parseEnumerator', () => {
  it('takes the access string for a position', () => {
    expect(parseEnumerator(btf, ids.state, '0')).toEqual({
      btf,
      id: ids.state,
      enumerator: { name: 'LOST', value: -1n },
      valueBits: 32,
    })
    expect(parseEnumerator(btf, ids.state, '1').enumerator.name).toBe('FOUND___old')
  })

  it('reads an enum64', () => {
    expect(parseEnumerator(btf, ids.wide, '0')).toMatchObject({
      enumerator: { value: 1n << 63n },
      valueBits: 64,
    })
  })

  it('looks behind typedefs and modifiers, and keeps the name that the program gave', () => {
    expect(parseEnumerator(btf, ids.alias, '1')).toMatchObject({
      id: ids.alias,
      enumerator: { name: 'FOUND___old' },
    })
  })

  it.each([
    ['a position behind the last enumerator', ids.state, '2', 'among the 2 enumerators of enum state'],
    ['more than one position', ids.state, '0:1', 'expected one position'],
    ['a type that is no enum', ids.word, '0', 'is of kind int, not an enum'],
    ['no position', ids.state, '', 'expected numbers'],
    ['a negative position', ids.state, '-1', 'expected numbers'],
  ])('refuses %s', (_, root, accessString, found) => {
    const error = bpfErrorOf('CORE_BAD_RELOCATION', () => parseEnumerator(btf, root, accessString))
    expect(error.message).toContain(`'${accessString}'`)
    expect(error.message).toContain(found)
  })

  it('refuses a root that is no type', () => {
    bpfErrorOf('BTF_NO_SUCH_TYPE', () => parseEnumerator(btf, 999 as TypeId, '0'))
  })
})

describe('matchEnumerator', () => {
  const found = parseEnumerator(btf, ids.state, '1')
  const valueIn = (target: Shape): bigint | undefined =>
    matchEnumerator(found, shaped(target))?.enumerator.value

  it.each([
    ['the same name', enum32('state', 'OTHER', 'FOUND'), 1n],
    ['a flavour', enum32('state', 'FOUND___new', 'FOUND'), 0n],
    ['an enum64', enum64('state', 'A', 'B', 'FOUND'), 2n],
    ['a typedef', typedef(enum32('whatever', 'A', 'FOUND')), 1n],
    ['the first of two', enum32('state', 'FOUND', 'FOUND'), 0n],
  ])('finds %s', (_, target, value) => {
    expect(valueIn(target)).toBe(value)
  })

  it.each([
    ['another name', enum32('state', 'LOST', 'FOUND_', 'FOUNDER', 'found')],
    ['no enumerators', enum32('state')],
    ['a struct', struct('state', { FOUND: int })],
    ['a typedef of an integer', typedef(int)],
  ])('does not find it in an enum with %s', (_, target) => {
    expect(valueIn(target)).toBeUndefined()
  })

  it('names the candidate, not the enum behind its typedef', () => {
    const candidate = shaped(typedef(enum32('state', 'FOUND')))
    expect(matchEnumerator(found, candidate)).toMatchObject(candidate)
  })
})
