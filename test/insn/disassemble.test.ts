import { describe, expect, test } from 'vitest'
import { loadWide } from '../../src/insn/assemble.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import * as op from '../../src/insn/opcodes.ts'

/** Destination r1, source r2, off 4, imm 9 unless the test says otherwise. */
function textOf(code: number, operands: Partial<Insn> = {}): string {
  return disassemble({ code, dst: 1, src: 2, off: 4, imm: 9, ...operands })
}

const K = op.BPF_K
const X = op.BPF_X

describe('loads and stores', () => {
  test.each([
    [op.BPF_B, 'u8'],
    [op.BPF_H, 'u16'],
    [op.BPF_W, 'u32'],
    [op.BPF_DW, 'u64'],
  ])('of size 0x%s use %s', (size, type) => {
    expect(textOf(op.BPF_LDX | op.BPF_MEM | size)).toBe(`r1 = *(${type} *)(r2 +4)`)
    expect(textOf(op.BPF_LDX | op.BPF_MEM | size, { off: -4 })).toBe(`r1 = *(${type} *)(r2 -4)`)
    expect(textOf(op.BPF_ST | op.BPF_MEM | size)).toBe(`*(${type} *)(r1 +4) = 9`)
    expect(textOf(op.BPF_STX | op.BPF_MEM | size)).toBe(`*(${type} *)(r1 +4) = r2`)
  })

  test('with sign extension use signed types, of less than 64 bits', () => {
    const texts = [op.BPF_B, op.BPF_H, op.BPF_W, op.BPF_DW].map((size) =>
      textOf(op.BPF_LDX | op.BPF_MEMSX | size),
    )
    expect(texts).toEqual([
      'r1 = *(s8 *)(r2 +4)',
      'r1 = *(s16 *)(r2 +4)',
      'r1 = *(s32 *)(r2 +4)',
      '(bad code 0x99)',
    ])
  })

  test('of packets are written as the kernel does', () => {
    expect(textOf(op.BPF_LD | op.BPF_ABS | op.BPF_H)).toBe('r0 = *(u16 *)skb[9]')
    expect(textOf(op.BPF_LD | op.BPF_IND | op.BPF_B)).toBe('r0 = *(u8 *)skb[r2 + 9]')
    expect(textOf(op.BPF_LD | op.BPF_ABS | op.BPF_DW)).toBe('(bad code 0x38)')
  })
})

describe('64-bit immediates', () => {
  test.each([
    [0, 0x10, 0, 'r1 = 0x10 ll'],
    [0, -1, 0, 'r1 = 0xffffffff ll'],
    [0, 1, -1, 'r1 = 0xffffffff00000001 ll'],
    [op.BPF_PSEUDO_MAP_FD, 5, 0, 'r1 = map[fd:5]'],
    [op.BPF_PSEUDO_MAP_VALUE, 5, 8, 'r1 = map[fd:5][0]+8'],
    [op.BPF_PSEUDO_BTF_ID, 77, 0, 'r1 = btf[id:77]'],
    [op.BPF_PSEUDO_BTF_ID, 77, 6, 'r1 = btf[fd:6][id:77]'],
    [op.BPF_PSEUDO_FUNC, -2, 0, 'r1 = subprog[-2]'],
    [op.BPF_PSEUDO_MAP_IDX, 3, 0, 'r1 = map[idx:3]'],
    [op.BPF_PSEUDO_MAP_IDX_VALUE, 3, 16, 'r1 = map[idx:3][0]+16'],
    [7, 3, 0, 'r1 = (bad src 7 of code 0x18)'],
  ])('with source %i, imm %i and %i', (pseudo, imm, nextImm, text) => {
    expect(disassemble(loadWide(1, pseudo, imm, nextImm)[0], nextImm)).toBe(text)
  })

  test('without their second slot say so', () => {
    expect(disassemble(loadWide(1, 0, 16, 0)[0])).toBe('r1 = 0x10 ll (its second half is missing)')
  })
})

describe('arithmetic', () => {
  test.each([
    [op.BPF_ADD, '+='],
    [op.BPF_SUB, '-='],
    [op.BPF_MUL, '*='],
    [op.BPF_DIV, '/='],
    [op.BPF_OR, '|='],
    [op.BPF_AND, '&='],
    [op.BPF_LSH, '<<='],
    [op.BPF_RSH, '>>='],
    [op.BPF_MOD, '%='],
    [op.BPF_XOR, '^='],
    [op.BPF_MOV, '='],
    [op.BPF_ARSH, 's>>='],
  ])('of operation %i uses %s, and w registers in 32 bits', (operation, operator) => {
    expect(textOf(op.BPF_ALU64 | operation | K, { off: 0, imm: -9 })).toBe(`r1 ${operator} -9`)
    expect(textOf(op.BPF_ALU64 | operation | X, { off: 0 })).toBe(`r1 ${operator} r2`)
    expect(textOf(op.BPF_ALU | operation | K, { off: 0 })).toBe(`w1 ${operator} 9`)
    expect(textOf(op.BPF_ALU | operation | X, { off: 0 })).toBe(`w1 ${operator} w2`)
  })

  test.each([
    ['negation', op.BPF_ALU64 | op.BPF_NEG, {}, 'r1 = -r1'],
    ['32-bit negation', op.BPF_ALU | op.BPF_NEG, {}, 'w1 = -w1'],
    ['negation of a register', op.BPF_ALU64 | op.BPF_NEG | X, {}, '(bad code 0x8f)'],
    ['signed division', op.BPF_ALU64 | op.BPF_DIV | X, { off: 1 }, 'r1 s/= r2'],
    ['signed remainder', op.BPF_ALU | op.BPF_MOD | K, { off: 1 }, 'w1 s%= 9'],
    ['8-bit sign extension', op.BPF_ALU64 | op.BPF_MOV | X, { off: 8 }, 'r1 = (s8)r2'],
    ['16-bit sign extension', op.BPF_ALU | op.BPF_MOV | X, { off: 16 }, 'w1 = (s16)w2'],
    ['32-bit sign extension', op.BPF_ALU64 | op.BPF_MOV | X, { off: 32 }, 'r1 = (s32)r2'],
    [
      '32-bit sign extension to 32 bits',
      op.BPF_ALU | op.BPF_MOV | X,
      { off: 32 },
      '(bad off 32 of code 0xbc)',
    ],
    ['sign extension of a number', op.BPF_ALU64 | op.BPF_MOV | K, { off: 8 }, '(bad off 8 of code 0xb7)'],
    ['signed addition', op.BPF_ALU64 | op.BPF_ADD | X, { off: 1 }, '(bad off 1 of code 0x0f)'],
    [
      'to user address space',
      op.BPF_ALU64 | op.BPF_MOV | X,
      { off: 1, imm: 0x10000 },
      'r1 = addr_space_cast(r2, 1, 0)',
    ],
    [
      'to kernel address space',
      op.BPF_ALU64 | op.BPF_MOV | X,
      { off: 1, imm: 1 },
      'r1 = addr_space_cast(r2, 0, 1)',
    ],
    ['per-cpu address', op.BPF_ALU64 | op.BPF_MOV | X, { off: -1 }, 'r1 = &(void __percpu *)(r2)'],
    ['byte swap', op.BPF_ALU64 | op.BPF_END, { imm: 32 }, 'r1 = bswap32 r1'],
    ['byte swap with a reserved bit', op.BPF_ALU64 | op.BPF_END | X, { imm: 32 }, '(bad code 0xdf)'],
    ['to big-endian', op.BPF_ALU | op.BPF_END | op.BPF_TO_BE, { imm: 16 }, 'r1 = be16 r1'],
    ['to little-endian', op.BPF_ALU | op.BPF_END | op.BPF_TO_LE, { imm: 64 }, 'r1 = le64 r1'],
    ['byte swap of 24 bits', op.BPF_ALU | op.BPF_END, { imm: 24 }, '(bad imm 24 of code 0xd4)'],
  ])('%s', (_, code, operands, text) => {
    expect(textOf(code, operands)).toBe(text)
  })
})

describe('jumps', () => {
  test.each([
    [op.BPF_JEQ, '=='],
    [op.BPF_JGT, '>'],
    [op.BPF_JGE, '>='],
    [op.BPF_JSET, '&'],
    [op.BPF_JNE, '!='],
    [op.BPF_JSGT, 's>'],
    [op.BPF_JSGE, 's>='],
    [op.BPF_JLT, '<'],
    [op.BPF_JLE, '<='],
    [op.BPF_JSLT, 's<'],
    [op.BPF_JSLE, 's<='],
  ])('of operation %i use %s, and w registers in 32 bits', (operation, operator) => {
    expect(textOf(op.BPF_JMP | operation | K, { imm: -1 })).toBe(`if r1 ${operator} 0xffffffff goto +4`)
    expect(textOf(op.BPF_JMP | operation | X, { off: -4 })).toBe(`if r1 ${operator} r2 goto -4`)
    expect(textOf(op.BPF_JMP32 | operation | K)).toBe(`if w1 ${operator} 0x9 goto +4`)
    expect(textOf(op.BPF_JMP32 | operation | X)).toBe(`if w1 ${operator} w2 goto +4`)
  })

  test.each([
    ['near', op.BPF_JMP | op.BPF_JA, {}, 'goto +4'],
    ['to the next slot', op.BPF_JMP | op.BPF_JA, { off: 0 }, 'goto +0'],
    ['far', op.BPF_JMP32 | op.BPF_JA, { imm: -70_000 }, 'gotol -70000'],
    ['to a register', op.BPF_JMP | op.BPF_JA | X, {}, 'gotox r1'],
    ['may_goto', op.BPF_JMP | op.BPF_JCOND, { src: 0 }, 'may_goto +4'],
    ['an unknown condition', op.BPF_JMP | op.BPF_JCOND, { src: 1 }, '(bad src 1 of code 0xe5)'],
    ['exit', op.BPF_JMP | op.BPF_EXIT, {}, 'exit'],
    ['helper call', op.BPF_JMP | op.BPF_CALL, { src: 0, imm: 113 }, 'call 113'],
    ['subprogram call', op.BPF_JMP | op.BPF_CALL, { src: 1, imm: 5 }, 'call pc+5'],
    ['kernel function call', op.BPF_JMP | op.BPF_CALL, { src: 2, imm: 55 }, 'call kernel-function#55'],
    ['unknown call', op.BPF_JMP | op.BPF_CALL, { src: 3 }, '(bad src 3 of code 0x85)'],
    ['32-bit call', op.BPF_JMP32 | op.BPF_CALL, {}, '(bad code 0x86)'],
    ['32-bit exit', op.BPF_JMP32 | op.BPF_EXIT, {}, '(bad code 0x96)'],
  ])('%s', (_, code, operands, text) => {
    expect(textOf(code, operands)).toBe(text)
  })
})

test('No opcode and no operand throws, and the defined opcodes are those of the instruction set', () => {
  const good = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
    [0, 16, op.BPF_LOAD_ACQ].some((imm) => !textOf(code, { src: 0, off: 0, imm }).startsWith('(bad')),
  )
  // 12 operations by 2 sources and a negation in each class; byte swaps: 2 of 32-bit class, 1 of 64-bit class.
  const alu = 2 * (12 * 2 + 1) + 2 + 1
  // 11 comparisons by 2 sources in each class; goto, gotol, gotox, may_goto, call, exit.
  const jumps = 2 * (11 * 2) + 6
  // Loads, sign-extending loads, stores of numbers, of registers, atomics; ldimm64; packet loads by 2 modes.
  const memory = 4 + 3 + 4 + 4 + 4 + 1 + 2 * 3
  expect(good).toHaveLength(alu + jumps + memory)
  for (let code = 0; code < 256; code++) {
    for (const imm of [-0x8000_0000, 0x7fff_ffff]) {
      expect(textOf(code, { dst: 15, src: 15, off: -0x8000, imm })).not.toBe('')
    }
  }
})
