import { expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { built } from './build.ts'
import { expectBtfError } from './expect_code.ts'

it('writes each string once', () => {
  const builder = new BtfBuilder()
  expect(builder.string('')).toBe(0)
  expect(builder.string('abc')).toBe(1)
  expect(builder.string('abc')).toBe(1)
  expect(builder.string('d')).toBe(5)
})

it('says what the next id will be', () => {
  const builder = new BtfBuilder()
  expect(builder.nextId).toBe(1)
  builder.addInt('int', 4)
  expect(builder.nextId).toBe(2)
})

it('writes the same header and types in both endiannesses', () => {
  const builder = new BtfBuilder()
  builder.addPtr(typeId(0x01020304))
  const little = builder.finish({ endianness: 'little' })
  const big = builder.finish({ endianness: 'big' })
  expect([...little.subarray(0, 8)]).toEqual([0x9f, 0xeb, 1, 0, 24, 0, 0, 0])
  expect([...big.subarray(0, 8)]).toEqual([0xeb, 0x9f, 1, 0, 0, 0, 0, 24])
  expect([...little.subarray(32, 36)]).toEqual([4, 3, 2, 1])
  expect([...big.subarray(32, 36)]).toEqual([1, 2, 3, 4])
})

it('refuses what BTF has no room for', () => {
  const one = typeId(1)
  expectBtfError(() => built((b) => b.string('a\0b')), 'BTF_CANNOT_ENCODE')
  const far = [{ name: 'x', type: one, bitOffset: 0x1000000, bitfieldSize: 1 }]
  expectBtfError(() => built((b) => b.addStruct('s', 4, far)), 'BTF_CANNOT_ENCODE')
})
