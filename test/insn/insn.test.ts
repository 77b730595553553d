import { expect, test } from 'vitest'
import { insnIndex } from '../../src/base/units.ts'
import {
  assemble,
  call,
  callKfunc,
  callSubprogram,
  exit,
  loadImm64,
  loadWide,
} from '../../src/insn/assemble.ts'
import * as insns from '../../src/insn/insn.ts'
import { BPF_PSEUDO_FUNC } from '../../src/insn/opcodes.ts'

/** The example of instruction-set.rst, "Basic instruction encoding": r1 += 0x11223344. */
const add = { code: 0x07, dst: 1, src: 0, off: 0, imm: 0x11223344 }

test('The documented example is encoded as documented, in both byte orders', () => {
  const bytes = new Uint8Array(8)
  insns.writeInsn(bytes, insnIndex(0), add)
  expect([...bytes]).toEqual([0x07, 0x01, 0, 0, 0x44, 0x33, 0x22, 0x11])
  expect(insns.readInsn(bytes, insnIndex(0))).toEqual(add)
  insns.writeInsn(bytes, insnIndex(0), add, 'big')
  expect([...bytes]).toEqual([0x07, 0x10, 0, 0, 0x11, 0x22, 0x33, 0x44])
  expect(insns.readInsn(bytes, insnIndex(0), 'big')).toEqual(add)
})

test('Only the first slot of an ldimm64 is one, and it takes two slots', () => {
  const [first, second] = loadImm64(1, 5n)
  expect([insns.isLdimm64(first), insns.isLdimm64(second), insns.isLdimm64(add)]).toEqual([
    true,
    false,
    false,
  ])
  expect([insns.slotsOf(first), insns.slotsOf(add)]).toEqual([2, 1])
})

test('The three kinds of calls are told apart', () => {
  const kinds = [call(113), callSubprogram(5), callKfunc(7, 1), exit()].map((insn) => [
    insns.isCall(insn),
    insns.isHelperCall(insn),
    insns.isSubprogramCall(insn),
    insns.isKfuncCall(insn),
  ])
  expect(kinds).toEqual([
    [true, true, false, false],
    [true, false, true, false],
    [true, false, false, true],
    [false, false, false, false],
  ])
})

test('The address of a subprogram is an ldimm64 of its own kind', () => {
  expect(insns.isSubprogramAddress(loadWide(1, BPF_PSEUDO_FUNC, -1, 0)[0])).toBe(true)
  expect(insns.isSubprogramAddress(loadImm64(1, 4n)[0])).toBe(false)
  expect(insns.isSubprogramAddress(callSubprogram(4))).toBe(false)
})

test('Slots are read at their index', () => {
  expect(insns.readInsn(assemble([exit(), call(5)]), insnIndex(1))).toEqual(call(5))
})
