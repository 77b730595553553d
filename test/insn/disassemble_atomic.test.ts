import { expect, test } from 'vitest'
import { atomic } from '../../src/insn/assemble.ts'
import { disassemble } from '../../src/insn/disassemble.ts'
import * as op from '../../src/insn/opcodes.ts'

const { BPF_B, BPF_H, BPF_W, BPF_DW, BPF_FETCH } = op

test.each([
  [BPF_DW, op.BPF_ADD, 'lock *(u64 *)(r1 +8) += r2'],
  [BPF_W, op.BPF_OR, 'lock *(u32 *)(r1 +8) |= r2'],
  [BPF_DW, op.BPF_AND, 'lock *(u64 *)(r1 +8) &= r2'],
  [BPF_DW, op.BPF_XOR, 'lock *(u64 *)(r1 +8) ^= r2'],
  [BPF_DW, op.BPF_ADD | BPF_FETCH, 'r2 = atomic64_fetch_add((u64 *)(r1 +8), r2)'],
  [BPF_W, op.BPF_OR | BPF_FETCH, 'r2 = atomic_fetch_or((u32 *)(r1 +8), r2)'],
  [BPF_DW, op.BPF_AND | BPF_FETCH, 'r2 = atomic64_fetch_and((u64 *)(r1 +8), r2)'],
  [BPF_DW, op.BPF_XOR | BPF_FETCH, 'r2 = atomic64_fetch_xor((u64 *)(r1 +8), r2)'],
  [BPF_DW, op.BPF_XCHG, 'r2 = atomic64_xchg((u64 *)(r1 +8), r2)'],
  [BPF_W, op.BPF_XCHG, 'r2 = atomic_xchg((u32 *)(r1 +8), r2)'],
  [BPF_DW, op.BPF_CMPXCHG, 'r0 = atomic64_cmpxchg((u64 *)(r1 +8), r0, r2)'],
  [BPF_W, op.BPF_CMPXCHG, 'r0 = atomic_cmpxchg((u32 *)(r1 +8), r0, r2)'],
  [BPF_H, op.BPF_LOAD_ACQ, 'r1 = load_acquire((u16 *)(r2 +8))'],
  [BPF_B, op.BPF_STORE_REL, 'store_release((u8 *)(r1 +8), r2)'],
  [BPF_DW, op.BPF_MUL, '(bad imm 32 of code 0xdb)'],
  [BPF_DW, 0xe0, '(bad imm 224 of code 0xdb)'],
  [BPF_B, op.BPF_ADD, '(bad imm 0 of code 0xd3)'],
  [BPF_H, op.BPF_XCHG, '(bad imm 225 of code 0xcb)'],
])('Size %i with operation %i is %s', (size, operation, text) => {
  expect(disassemble(atomic(size, 1, 8, operation, 2))).toBe(text)
})
