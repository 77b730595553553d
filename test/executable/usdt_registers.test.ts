import { expect, test } from 'vitest'
import { ARM64_REGISTERS, X86_64_REGISTERS } from '../../src/executable/usdt_registers.ts'

/** From arch/x86/include/uapi/asm/ptrace.h, counted there: each register has 8 bytes. */
test.each([
  ['r15', 0],
  ['r15d', 0],
  ['rbp', 32],
  ['bpl', 32],
  ['rbx', 40],
  ['bl', 40],
  ['r8', 72],
  ['r8b', 72],
  ['rax', 80],
  ['al', 80],
  ['rdi', 112],
  ['edi', 112],
  ['rip', 128],
  ['rsp', 152],
])('%s of x86-64 is at byte %i', (name, offset) => {
  expect(X86_64_REGISTERS.get(name)).toBe(offset)
})

test('x86-64 has 17 registers that an argument may be in, all but rip with four names', () => {
  expect(X86_64_REGISTERS.size).toBe(16 * 4 + 2)
  for (const name of ['orig_rax', 'cs', 'eflags', 'ss', 'ah', 'xmm0']) {
    expect(X86_64_REGISTERS.has(name)).toBe(false)
  }
})

test('arm64 has x0 to x30 and sp', () => {
  expect(ARM64_REGISTERS.get('x0')).toBe(0)
  expect(ARM64_REGISTERS.get('x30')).toBe(240)
  expect(ARM64_REGISTERS.get('sp')).toBe(248)
  expect(ARM64_REGISTERS.size).toBe(32)
})
