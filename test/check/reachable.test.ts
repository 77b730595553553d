import { describe, expect, it } from 'vitest'
import type { FrozenBytes } from '../../src/check/known_values.ts'
import { reachable } from '../../src/check/reachable.ts'
import {
  aluImm,
  assemble,
  atomic,
  call,
  callSubprogram,
  exit,
  jumpImm,
  jumpReg,
  loadImm64,
  loadMem,
  loadWide,
  movImm,
  movReg,
  storeMem,
  type WideInsn,
} from '../../src/insn/assemble.ts'
import type { Insn } from '../../src/insn/insn.ts'
import { InsnView } from '../../src/insn/insn_view.ts'
import {
  BPF_ADD,
  BPF_B,
  BPF_DW,
  BPF_JEQ,
  BPF_JGT,
  BPF_JNE,
  BPF_JSLT,
  BPF_PSEUDO_BTF_ID,
  BPF_W,
} from '../../src/insn/opcodes.ts'

type Code = readonly (Insn | WideInsn)[]

/** A 1 for each slot that is reached, else a 0; the second slot of a wide load is none of its own. */
function reached(insns: Code, frozen?: { readonly at: number; readonly bytes: FrozenBytes }): string {
  const view = new InsnView(assemble(insns))
  const frozenAt = (insn: number): FrozenBytes | undefined => (insn === frozen?.at ? frozen.bytes : undefined)
  return reachable(view, { frozenAt, jumpTargets: [] }).join('')
}

/** Jumps over the first of two ends where r`register` is 0. */
const whereZero = (register: number): Code => [jumpImm(BPF_JEQ, register, 0, 1), exit(), exit()]

describe('reachable', () => {
  it('follows a branch one way where both numbers are known', () => {
    expect(reached([movImm(1, 0), ...whereZero(1)])).toBe('1101')
    expect(reached([movImm(1, 1), ...whereZero(1)])).toBe('1110')
    expect(reached([movImm(1, -1), jumpImm(BPF_JSLT, 1, 0, 1), exit(), exit()])).toBe('1101')
    expect(reached([movImm(1, -1), jumpImm(BPF_JGT, 1, 0, 1), exit(), exit()])).toBe('1101')
  })

  it('follows it both ways where one is not', () => {
    expect(reached(whereZero(1))).toBe('111')
    expect(reached([movImm(1, 0), jumpReg(BPF_JEQ, 1, 2, 1), exit(), exit()])).toBe('1111')
  })

  it('calculates', () => {
    expect(reached([movImm(1, 3), aluImm(BPF_ADD, 1, -3), ...whereZero(1)])).toBe('11101')
  })

  it('gives up what two ways leave different', () => {
    expect(reached([movImm(1, 0), jumpImm(BPF_JEQ, 2, 0, 1), movImm(1, 1), ...whereZero(1)])).toBe('111111')
  })

  it('comes to an end in a loop', () => {
    expect(reached([movImm(1, 0), aluImm(BPF_ADD, 1, 1), jumpImm(BPF_JNE, 1, 9, -2), exit()])).toBe('1111')
  })

  it('knows eight bytes that were put on the stack, until something may have overwritten them', () => {
    const put = [movImm(1, 0), storeMem(BPF_DW, 10, -8, 1)]
    const look = [loadMem(BPF_DW, 2, 10, -8), ...whereZero(2)]
    expect(reached([...put, ...look])).toBe('111101')
    expect(reached([...put, storeMem(BPF_W, 10, -4, 3), ...look])).toBe('1111111')
    expect(reached([...put, storeMem(BPF_W, 10, -12, 3), ...look])).toBe('1111101')
    expect(reached([...put, storeMem(BPF_DW, 3, 0, 4), ...look])).toBe('1111111')
    expect(reached([...put, atomic(BPF_DW, 3, 0, BPF_ADD, 4), ...look])).toBe('1111111')
    expect(reached([...put, call(1), ...look])).toBe('1111111')
  })

  it('forgets in calls what they may change, and nothing else', () => {
    expect(reached([movImm(1, 0), call(1), ...whereZero(1)])).toBe('11111')
    expect(reached([movImm(6, 0), call(1), ...whereZero(6)])).toBe('11101')
  })

  it('reads frozen bytes, and nothing behind them', () => {
    const insns = (offset: number): Code => [
      loadImm64(1, 0n),
      loadMem(BPF_B, 1, 1, offset),
      jumpImm(BPF_JEQ, 1, 7, 1),
      exit(),
      exit(),
    ]
    const bytes = { bytes: Uint8Array.of(1, 7), offset: 1 }
    expect(reached(insns(0), { at: 0, bytes })).toBe('101101')
    expect(reached(insns(-1), { at: 0, bytes })).toBe('101110')
    expect(reached(insns(1), { at: 0, bytes })).toBe('101111')
  })

  it('knows that an address is not 0, and that a symbol is 0 which is missing', () => {
    expect(reached([loadWide(1, BPF_PSEUDO_BTF_ID, 5, 0), ...whereZero(1)])).toBe('10110')
    expect(reached([loadImm64(1, 0n), ...whereZero(1)])).toBe('10101')
  })

  it('goes into functions with nothing known', () => {
    expect(reached([movImm(1, 0), callSubprogram(1), exit(), ...whereZero(1)])).toBe('111111')
  })

  it('ends at what leads out of the program', () => {
    expect(reached([movReg(1, 2), jumpImm(BPF_JEQ, 1, 0, 100)])).toBe('11')
    expect(reached([])).toBe('')
  })
})
