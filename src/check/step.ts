import type { Insn } from '../insn/insn.ts'
import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_B,
  BPF_DW,
  BPF_H,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_REG_10,
  BPF_ST,
  BPF_STX,
  classOf,
  modeOf,
  opOf,
  sizeOf,
  sourceOf,
} from '../insn/opcodes.ts'
import { calculate } from './constant.ts'
import type { Known, KnownValues } from './known_values.ts'

/** What an instruction that is no jump does to what is known. `known` is changed. */
export function step(known: KnownValues, insn: Insn): void {
  switch (classOf(insn.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      known.setRegister(insn.dst, arithmetic(known, insn))
      return
    case BPF_LDX:
      known.setRegister(insn.dst, load(known, insn))
      return
    case BPF_ST:
    case BPF_STX:
      store(known, insn)
      return
    case BPF_LD:
      // The old loads from packets, which change all of the first six registers.
      forgetScratch(known)
      return
    default:
      return
  }
}

/** What a call leaves: r0 is what it returned, and r1 to r5 are gone. */
export function forgetScratch(known: KnownValues): void {
  for (let register = 0; register <= 5; register++) known.setRegister(register, undefined)
}

function arithmetic(known: KnownValues, insn: Insn): Known {
  const width = classOf(insn.code) === BPF_ALU64 ? 64 : 32
  const operand = sourceOf(insn.code) === BPF_K ? BigInt(insn.imm) : known.register(insn.src)
  if (opOf(insn.code) === BPF_MOV) {
    // `off` makes it a move with sign extension, or of an address between address spaces.
    if (insn.off !== 0) return undefined
    if (typeof operand === 'bigint') return BigInt.asUintN(64, BigInt.asUintN(width, operand))
    return width === 64 ? operand : undefined
  }
  const value = known.register(insn.dst)
  if (typeof value !== 'bigint' || typeof operand !== 'bigint' || insn.off !== 0) return undefined
  return calculate(opOf(insn.code), value, operand, width)
}

function load(known: KnownValues, insn: Insn): Known {
  if (modeOf(insn.code) !== BPF_MEM) return undefined
  if (insn.src === BPF_REG_10) return sizeOf(insn.code) === BPF_DW ? known.stack(insn.off) : undefined
  const base = known.register(insn.src)
  return typeof base === 'object'
    ? numberIn(base.bytes, base.offset + insn.off, bytesOf(insn.code))
    : undefined
}

/** Little-endian, as all kernels that are loaded into. */
function numberIn(bytes: Uint8Array, offset: number, size: number): bigint | undefined {
  if (offset < 0 || offset + size > bytes.length) return undefined
  let value = 0n
  for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[offset + index] ?? 0)
  return value
}

function store(known: KnownValues, insn: Insn): void {
  if (modeOf(insn.code) === BPF_ATOMIC) {
    known.setRegister(insn.src, undefined)
    known.setRegister(0, undefined)
    known.forgetStack()
  } else if (insn.dst === BPF_REG_10) {
    const value =
      classOf(insn.code) === BPF_ST ? BigInt.asUintN(64, BigInt(insn.imm)) : known.register(insn.src)
    known.store(insn.off, bytesOf(insn.code), value)
  } else known.forgetStack()
}

function bytesOf(code: number): number {
  switch (sizeOf(code)) {
    case BPF_DW:
      return 8
    case BPF_B:
      return 1
    default:
      return sizeOf(code) === BPF_H ? 2 : 4
  }
}
