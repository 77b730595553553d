import fc from 'fast-check'
import { expect, test } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import { assemble, call, exit, movImm } from '../../src/insn/assemble.ts'
import { InsnError } from '../../src/insn/insn_error.ts'
import { InsnView } from '../../src/insn/insn_view.ts'

function errorOf(action: () => unknown): InsnError {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(InsnError)
    return error as InsnError
  }
  return expect.fail('nothing was thrown')
}

const insn = fc.record({
  code: fc.integer({ min: 0, max: 0xff }),
  dst: fc.integer({ min: 0, max: 0xf }),
  src: fc.integer({ min: 0, max: 0xf }),
  off: fc.integer({ min: -0x8000, max: 0x7fff }),
  imm: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
})

test('Whatever fits into the fields is read as it was written, field by field and as a whole', () => {
  const property = fc.property(
    insn,
    fc.constantFrom('little' as const, 'big' as const),
    (written, endianness) => {
      const view = new InsnView(new Uint8Array(24), endianness)
      const index = insnIndex(1)
      view.set(index, written)
      expect(view.get(index)).toEqual(written)
      expect(view.code(index)).toBe(written.code)
      expect(view.dst(index)).toBe(written.dst)
      expect(view.src(index)).toBe(written.src)
      expect(view.off(index)).toBe(written.off)
      expect(view.imm(index)).toBe(written.imm)
      expect(view.get(insnIndex(0))).toEqual({ code: 0, dst: 0, src: 0, off: 0, imm: 0 })
      expect(view.get(insnIndex(2))).toEqual({ code: 0, dst: 0, src: 0, off: 0, imm: 0 })
    },
  )
  fc.assert(property)
})

test('A rest that is no whole slot does not count', () => {
  expect(new InsnView(new Uint8Array(23)).length).toBe(2)
})

test.each([-1, 2, 0.5, Number.NaN])('Slot %d of two is INSN_OUT_OF_BOUNDS for every method', (index) => {
  const view = new InsnView(new Uint8Array(20))
  const slot = insnIndex(index)
  for (const method of ['code', 'dst', 'src', 'off', 'imm', 'get'] as const) {
    expect(errorOf(() => view[method](slot)).code).toBe('INSN_OUT_OF_BOUNDS')
  }
  expect(
    errorOf(() => {
      view.set(slot, exit())
    }).code,
  ).toBe('INSN_OUT_OF_BOUNDS')
  expect(
    errorOf(() => {
      view.setImm(slot, 1)
    }).code,
  ).toBe('INSN_OUT_OF_BOUNDS')
})

test.each([
  ['code', 256],
  ['dst', 16],
  ['src', -1],
  ['off', 0x8000],
  ['imm', 0x8000_0000],
  ['imm', 0.5],
])('A %s of %d is INSN_BAD_FIELD, and nothing is written', (field, value) => {
  const bytes = assemble([call(5)])
  const error = errorOf(() => {
    new InsnView(bytes).set(insnIndex(0), { ...exit(), [field]: value })
  })
  expect(error).toMatchObject({ code: 'INSN_BAD_FIELD', offset: 0 })
  expect(error.message).toContain(`${field} is ${value}`)
  expect(bytes).toEqual(assemble([call(5)]))
})

test('setImm changes imm alone', () => {
  const bytes = assemble([exit(), movImm(3, 1)], 'big')
  new InsnView(bytes, 'big').setImm(insnIndex(1), -2)
  expect(bytes).toEqual(assemble([exit(), movImm(3, -2)], 'big'))
})

test('A view over a part of a buffer stays within that part', () => {
  const bytes = new Uint8Array(24).fill(0xee)
  new InsnView(bytes.subarray(8, 16)).set(insnIndex(0), exit())
  expect([...bytes.subarray(0, 8), ...bytes.subarray(16)]).toEqual(Array(16).fill(0xee))
  expect(bytes[8]).toBe(0x95)
})
