import { describe, expect, it } from 'vitest'
import type { CoreResult, MemorySize } from '../../src/core/calculate.ts'
import { patchInsn, POISON_HELPER } from '../../src/core/patch.ts'
import {
  aluImm,
  aluReg,
  atomic,
  call,
  exit,
  ja,
  loadImm64,
  loadMapFd,
  loadMem,
  movImm,
  movReg,
  storeImm,
  storeMem,
} from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import {
  BPF_ADD,
  BPF_ALU,
  BPF_B,
  BPF_DW,
  BPF_H,
  BPF_LDX,
  BPF_MEMSX,
  BPF_MOV,
  BPF_W,
} from '../../src/insn/opcodes.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const UNCHANGED: MemorySize = { kind: 'unchanged' }

/** What clang left, and what the target has. */
function value(expected: bigint | undefined, target: bigint, memory: MemorySize = UNCHANGED): CoreResult {
  return { kind: 'value', expected, value: target, memory }
}

function patch(insn: Insn, result: CoreResult): Insn {
  const slots = patchInsn(insn, undefined, result)
  expect(slots).toHaveLength(1)
  return slots[0]
}

const POISON: Insn = call(POISON_HELPER)

describe('patchInsn of arithmetic', () => {
  it('writes the immediate', () => {
    expect(patch(movImm(1, 8), value(8n, 120n))).toEqual(movImm(1, 120))
    expect(patch(aluImm(BPF_ADD, 3, 8), value(8n, 0n))).toEqual(aluImm(BPF_ADD, 3, 0))
    const mov32: Insn = { ...movImm(1, 8), code: BPF_ALU | BPF_MOV }
    expect(patch(mov32, value(8n, 9n))).toEqual({ ...mov32, imm: 9 })
  })

  it('writes what has 32 bits, and refuses what has more', () => {
    expect(patch(movImm(1, 1), value(1n, 0xffff_ffffn)).imm).toBe(-1)
    expect(patch(movImm(1, 1), value(1n, -64n)).imm).toBe(-64)
    bpfErrorOf('CORE_OUT_OF_RANGE', () => patch(movImm(1, 1), value(1n, 0x1_0000_0000n)))
  })

  it('refuses a register operand', () => {
    for (const insn of [movReg(1, 2), aluReg(BPF_ADD, 1, 2)]) {
      bpfErrorOf('CORE_BAD_INSTRUCTION', () => patch(insn, value(0n, 8n)))
    }
  })

  it('does not mind a field whose size may not change, since nothing is loaded', () => {
    const unsafe = value(8n, 16n, { kind: 'unsafe', from: 4, to: 8 })
    expect(patch(aluImm(BPF_ADD, 1, 8), unsafe)).toEqual(aluImm(BPF_ADD, 1, 16))
  })
})

describe('patchInsn of a 64-bit load', () => {
  const patchWide = ([first, second]: readonly [Insn, Insn], result: CoreResult): readonly Insn[] =>
    patchInsn(first, second, result)

  it('writes both halves', () => {
    expect(patchWide(loadImm64(2, 8n), value(8n, 0x1122_3344_8899_aabbn))).toEqual(
      loadImm64(2, 0x1122_3344_8899_aabbn),
    )
  })

  it('compares both halves with what clang left', () => {
    expect(patchWide(loadImm64(2, -1n), value(-1n, 0n))).toEqual(loadImm64(2, 0n))
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patchWide(loadImm64(2, 0x1_0000_0008n), value(8n, 16n)))
  })

  it.each([
    ['a type id', 5n, 90_000n],
    ['an enumerator of 64 bits', 1n << 63n, 0x1234_5678_9abc_def0n],
    ['an enumerator of 2^31', 1n, 0x8000_0000n],
    ['a negative enumerator', -3n, -0x8000_0000n],
    ['a negative enumerator that was none', 3n, -1n],
  ])('writes %s', (_, before, after) => {
    expect(patchWide(loadImm64(1, before), value(before, after))).toEqual(loadImm64(1, after))
  })

  it('takes the instruction’s word for the sign that the enum’s types do not tell', () => {
    const result: CoreResult = {
      kind: 'value',
      expected: 0xffff_ffffn,
      value: 0x8000_0000n,
      memory: UNCHANGED,
      asSigned: { expected: -1n, value: -0x8000_0000n },
    }
    expect(patchWide(loadImm64(1, 0xffff_ffffn), result)).toEqual(loadImm64(1, 0x8000_0000n))
    expect(patchWide(loadImm64(1, -1n), result)).toEqual(loadImm64(1, -0x8000_0000n))
    expect(patch(movImm(1, -1), result)).toEqual(movImm(1, -0x8000_0000))
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patchWide(loadImm64(1, 0x1_ffff_ffffn), result))
  })

  it('refuses one that loads a map, and one whose second slot is no second slot', () => {
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patchWide(loadMapFd(1, 8), value(8n, 16n)))
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patchWide([loadImm64(1, 8n)[0], exit()], value(8n, 16n)))
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patchInsn(loadImm64(1, 8n)[0], undefined, value(8n, 16n)))
  })
})

describe('patchInsn of a memory access', () => {
  it.each([
    ['ldx', loadMem(BPF_W, 1, 2, 8)],
    ['stx', storeMem(BPF_W, 1, 8, 2)],
    ['st', storeImm(BPF_W, 1, 8, 5)],
    ['an atomic operation', atomic(BPF_DW, 1, 8, BPF_ADD, 2)],
  ])('writes the offset of %s and leaves the rest', (_, insn) => {
    expect(patch(insn, value(8n, 1288n))).toEqual({ ...insn, off: 1288 })
  })

  it('reaches 32767 bytes, and says what to do beyond', () => {
    expect(patch(loadMem(BPF_W, 1, 2, 8), value(8n, 32767n)).off).toBe(32767)
    const error = bpfErrorOf('CORE_OUT_OF_RANGE', () => patch(loadMem(BPF_W, 1, 2, 8), value(8n, 32768n)))
    expect(error.message).toContain('32768 bytes')
    expect(error.message).toContain('bpf_core_field_offset()')
  })

  const sizes = [
    [1, BPF_B],
    [2, BPF_H],
    [4, BPF_W],
    [8, BPF_DW],
  ] as const

  it('has no place for a negative number, which no offset of a field is', () => {
    bpfErrorOf('CORE_OUT_OF_RANGE', () => patch(loadMem(BPF_W, 1, 2, 8), value(8n, -8n)))
  })

  it.each(sizes.flatMap(([from, before]) => sizes.map(([to, after]) => ({ from, before, to, after }))))(
    'turns an access of $from bytes into one of $to',
    ({ from, before, to, after }) => {
      const result = value(8n, 16n, from === to ? UNCHANGED : { kind: 'resized', from, to })
      expect(patch(loadMem(before, 1, 2, 8), result)).toEqual(loadMem(after, 1, 2, 16))
    },
  )

  it('keeps the mode of a resized access: a sign-extending load stays one', () => {
    const load: Insn = { ...loadMem(BPF_W, 1, 2, 8), code: BPF_LDX | BPF_MEMSX | BPF_W }
    const patched = patch(load, value(8n, 8n, { kind: 'resized', from: 4, to: 2 }))
    expect(patched.code).toBe(BPF_LDX | BPF_MEMSX | BPF_H)
  })

  it('refuses to resize an access that is not one of the whole field', () => {
    const resized = value(8n, 8n, { kind: 'resized', from: 4, to: 8 })
    const error = bpfErrorOf('CORE_BAD_INSTRUCTION', () => patch(loadMem(BPF_B, 1, 2, 8), resized))
    expect(error.message).toContain('the 4 bytes of the field')
  })

  it.each([0, 3, 16])('refuses to make it an access of %i bytes', (to) => {
    bpfErrorOf('CORE_BAD_INSTRUCTION', () =>
      patch(loadMem(BPF_W, 1, 2, 8), value(8n, 8n, { kind: 'resized', from: 4, to })),
    )
  })

  it.each([loadMem(BPF_W, 1, 2, 8), storeMem(BPF_W, 1, 8, 2), storeImm(BPF_W, 1, 8, 5)])(
    'is poisoned where the size may not change',
    (insn) => {
      expect(patch(insn, value(8n, 16n, { kind: 'unsafe', from: 4, to: 8 }))).toEqual(POISON)
    },
  )

  it('is still checked before it is poisoned', () => {
    const unsafe = value(4n, 16n, { kind: 'unsafe', from: 4, to: 8 })
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patch(loadMem(BPF_W, 1, 2, 8), unsafe))
  })
})

describe('patchInsn of anything', () => {
  it('refuses an instruction that does not hold what clang would have left', () => {
    for (const insn of [movImm(1, 9), loadMem(BPF_W, 1, 2, 9)]) {
      const error = bpfErrorOf('CORE_BAD_INSTRUCTION', () => patch(insn, value(8n, 16n)))
      expect(error.message).toContain('it holds 9')
      expect(error.message).toContain('give 8')
    }
  })

  it('takes whatever it holds where clang’s value is uncertain', () => {
    expect(patch(movImm(1, 9), value(undefined, 16n)).imm).toBe(16)
    expect(patch(loadMem(BPF_W, 1, 2, 9), value(undefined, 16n)).off).toBe(16)
  })

  it.each([call(1), exit(), ja(0)])('refuses what no relocation may change: %o', (insn) => {
    bpfErrorOf('CORE_BAD_INSTRUCTION', () => patch(insn, value(0n, 8n)))
  })

  it('poisons with the helper number that other loaders use, 0xbad2310', () => {
    expect(POISON_HELPER).toBe(0xbad2310)
    for (const insn of [movImm(1, 8), loadMem(BPF_W, 1, 2, 8), exit()]) {
      expect(patch(insn, { kind: 'poison' })).toEqual(POISON)
    }
  })

  it('poisons both slots of a 64-bit load', () => {
    const [first, second] = loadImm64(1, 8n)
    expect(patchInsn(first, second, { kind: 'poison' })).toEqual([POISON, POISON])
  })
})
