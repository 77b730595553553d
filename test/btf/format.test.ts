import { expect, it } from 'vitest'
import { kindFlagOf, kindNumber, kindOf, KINDS, vlenOf } from '../../src/btf/format.ts'

it('takes the info word of a type apart', () => {
  expect([kindOf(0x84000003), vlenOf(0x84000003), kindFlagOf(0x84000003)]).toEqual([4, 3, true])
  expect([kindOf(0x7f123456), vlenOf(0x7f123456), kindFlagOf(0x7f123456)]).toEqual([0x7f, 0x123456, false])
})

it('numbers the kinds as linux/btf.h does', () => {
  expect(KINDS.map(({ name }) => kindNumber(name))).toEqual(KINDS.map((_, number) => number))
  expect([kindNumber('int'), kindNumber('func'), kindNumber('enum64')]).toEqual([1, 12, 19])
})
