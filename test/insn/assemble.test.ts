import { expect, test } from 'vitest'
import * as asm from '../../src/insn/assemble.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import { InsnError } from '../../src/insn/insn_error.ts'
import * as op from '../../src/insn/opcodes.ts'

test.each([
  [asm.movImm(1, -5), 'r1 = -5'],
  [asm.movReg(6, 1), 'r6 = r1'],
  [asm.aluImm(op.BPF_ARSH, 2, 32), 'r2 s>>= 32'],
  [asm.aluReg(op.BPF_ADD, 2, 3), 'r2 += r3'],
  [asm.loadMem(op.BPF_DW, 1, 6, 2472), 'r1 = *(u64 *)(r6 +2472)'],
  [asm.storeMem(op.BPF_W, 10, -4, 7), '*(u32 *)(r10 -4) = r7'],
  [asm.storeImm(op.BPF_B, 10, -1, 9), '*(u8 *)(r10 -1) = 9'],
  [asm.atomic(op.BPF_DW, 1, 0, op.BPF_ADD, 2), 'lock *(u64 *)(r1 +0) += r2'],
  [asm.ja(-3), 'goto -3'],
  [asm.jumpImm(op.BPF_JEQ, 0, 0, 5), 'if r0 == 0x0 goto +5'],
  [asm.jumpReg(op.BPF_JSLT, 1, 2, 5), 'if r1 s< r2 goto +5'],
  [asm.call(113), 'call 113'],
  [asm.callSubprogram(-7), 'call pc-7'],
  [asm.callKfunc(1234, 0), 'call kernel-function#1234'],
  [asm.exit(), 'exit'],
])('%o is %s', (insn, text) => {
  expect(disassemble(insn)).toBe(text)
})

test.each([
  [asm.loadImm64(2, 0x10n), 'r2 = 0x10 ll'],
  [asm.loadImm64(2, -1n), 'r2 = 0xffffffffffffffff ll'],
  [asm.loadImm64(2, 0xffff_ffff_8000_0000n), 'r2 = 0xffffffff80000000 ll'],
  [asm.loadImm64(2, 0x8000_0000n), 'r2 = 0x80000000 ll'],
  [asm.loadMapFd(1, 5), 'r1 = map[fd:5]'],
  [asm.loadMapValue(1, 5, 0xffff_fff8), 'r1 = map[fd:5][0]+4294967288'],
])('%o is %s', ([first, second], text) => {
  expect(disassemble(first, second.imm)).toBe(text)
})

test('assemble puts slots one after the other, two for a wide instruction', () => {
  const bytes = assembleBoth('little')
  expect(bytes).toHaveLength(32)
  expect([...bytes.subarray(8, 24)]).toEqual([0x18, 1, 0, 0, 4, 3, 2, 1, 0, 0, 0, 0, 8, 7, 6, 5])
  expect([...assembleBoth('big').subarray(8, 16)]).toEqual([0x18, 0x10, 0, 0, 1, 2, 3, 4])
})

function assembleBoth(endianness: 'little' | 'big'): Uint8Array {
  return asm.assemble([asm.movImm(0, 0), asm.loadImm64(1, 0x0506_0708_0102_0304n), asm.exit()], endianness)
}

test('assemble refuses operands that do not fit', () => {
  expect(() => asm.assemble([asm.ja(40_000)])).toThrow(InsnError)
})
