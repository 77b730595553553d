import { type Insn, isLdimm64 } from '../insn/insn.ts'
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_B,
  BPF_CALL,
  BPF_DW,
  BPF_H,
  BPF_JMP,
  BPF_K,
  BPF_LDX,
  BPF_ST,
  BPF_STX,
  BPF_W,
  classOf,
  modeOf,
  sizeOf,
  sourceOf,
} from '../insn/opcodes.ts'
import type { CoreResult, MemorySize } from './calculate.ts'
import { CoreError } from './core_error.ts'

/**
 * The helper number of a poisoned instruction, 0xbad2310, "bad relo". No helper has it, so the verifier refuses the
 * program if the instruction can be reached, and drops it as dead code if it cannot. libbpf and cilium/ebpf use the same
 * number, and people know it from logs.
 */
export const POISON_HELPER = 195896080

/** One instruction, or the two slots of an `ldimm64`. */
export type Slots = readonly [Insn] | WideSlots

/** The two slots of an `ldimm64`. */
export type WideSlots = readonly [Insn, Insn]

const POISON: Insn = { code: BPF_JMP | BPF_CALL, dst: 0, src: 0, off: 0, imm: POISON_HELPER }

type CoreValue = Extract<CoreResult, { kind: 'value' }>

/**
 * The instruction after a relocation. The value goes where the instruction keeps its number: the immediate of
 * arithmetic, the two halves of a 64-bit load, the offset of a memory access. The forms are those of
 * bpf_core_patch_insn in libbpf's src/relo_core.c (1.6).
 *
 * @param insn The instruction that the relocation names.
 * @param next The slot behind it; undefined at the end of the program.
 * @throws CoreError 'CORE_BAD_INSTRUCTION', 'CORE_OUT_OF_RANGE'
 */
export function patchInsn(insn: Insn, next: Insn | undefined, result: CoreResult): Slots {
  if (result.kind === 'poison') return poison(insn)
  switch (classOf(insn.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      return [patchImmediate(insn, result)]
    case BPF_LDX:
    case BPF_ST:
    case BPF_STX:
      return patchMemoryAccess(insn, result)
    default:
      if (isLdimm64(insn)) return patchImmediate64(insn, next, result)
      throw badInstruction(
        insn,
        'it is neither arithmetic with an immediate, nor a 64-bit load, nor a memory access',
      )
  }
}

/** The second half of an `ldimm64` is poisoned too: alone, the verifier would call it an unknown opcode. */
function poison(insn: Insn): Slots {
  return isLdimm64(insn) ? [POISON, POISON] : [POISON]
}

function patchImmediate(insn: Insn, result: CoreValue): Insn {
  if (sourceOf(insn.code) !== BPF_K) throw badInstruction(insn, 'it takes a register, not an immediate')
  const value = checkedValue(insn, BigInt(insn.imm), result)
  if (BigInt.asIntN(32, value) !== value && BigInt.asUintN(32, value) !== value) {
    throw new CoreError(
      'CORE_OUT_OF_RANGE',
      `the target's value ${value} does not fit into the 32-bit immediate of an arithmetic instruction`,
    )
  }
  return { ...insn, imm: Number(BigInt.asIntN(32, value)) }
}

function patchImmediate64(insn: Insn, next: Insn | undefined, result: CoreValue): Slots {
  if (
    next === undefined ||
    insn.src !== 0 ||
    insn.off !== 0 ||
    next.code !== 0 ||
    next.dst !== 0 ||
    next.src !== 0 ||
    next.off !== 0
  ) {
    throw badInstruction(insn, 'it is no plain 64-bit load of a constant')
  }
  const held = (BigInt.asUintN(32, BigInt(next.imm)) << 32n) | BigInt.asUintN(32, BigInt(insn.imm))
  const value = checkedValue(insn, held, result)
  return [
    { ...insn, imm: Number(BigInt.asIntN(32, value)) },
    { ...next, imm: Number(BigInt.asIntN(32, value >> 32n)) },
  ]
}

function patchMemoryAccess(insn: Insn, result: CoreValue): Slots {
  const value = checkedValue(insn, BigInt(insn.off), result)
  if (value < 0n || value > 0x7fffn) {
    throw new CoreError(
      'CORE_OUT_OF_RANGE',
      `the field is ${value} bytes into the target's type, and a memory access reaches 32767 bytes at most; ` +
        'add bpf_core_field_offset() to the pointer instead of accessing the field directly',
    )
  }
  if (result.memory.kind === 'unsafe') return poison(insn)
  return [{ ...insn, code: resize(insn, result.memory), off: Number(value) }]
}

const sizeCodes: ReadonlyMap<number, number> = new Map([
  [1, BPF_B],
  [2, BPF_H],
  [4, BPF_W],
  [8, BPF_DW],
])

/** The opcode with the size of the target's field; the mode (sign extension among them) stays. */
function resize(insn: Insn, memory: MemorySize): number {
  if (memory.kind !== 'resized') return insn.code
  if (sizeCodes.get(memory.from) !== sizeOf(insn.code)) {
    throw badInstruction(insn, `it does not access the ${memory.from} bytes of the field`)
  }
  const size = sizeCodes.get(memory.to)
  if (size === undefined) {
    throw badInstruction(insn, `the target's field has ${memory.to} bytes, which no single access reads`)
  }
  return modeOf(insn.code) | size | classOf(insn.code)
}

/** The value to write, once the instruction was found to hold what the object's own types give. */
function checkedValue(insn: Insn, held: bigint, { expected, value, asSigned }: CoreValue): bigint {
  if (expected === undefined || same64(held, expected)) return value
  if (asSigned !== undefined && same64(held, asSigned.expected)) return asSigned.value
  throw badInstruction(insn, `it holds ${held}, while the object's own types give ${expected}`)
}

function same64(left: bigint, right: bigint): boolean {
  return BigInt.asUintN(64, left) === BigInt.asUintN(64, right)
}

function badInstruction(insn: Insn, found: string): CoreError {
  return new CoreError(
    'CORE_BAD_INSTRUCTION',
    `cannot patch the instruction with code 0x${insn.code.toString(16)}: ${found}; was the object changed after it was built?`,
  )
}
