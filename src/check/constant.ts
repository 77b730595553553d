import {
  BPF_ADD,
  BPF_AND,
  BPF_ARSH,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_LSH,
  BPF_MUL,
  BPF_OR,
  BPF_RSH,
  BPF_SUB,
  BPF_XOR,
} from '../insn/opcodes.ts'

/** Bits that an operation works with: 64, or the lower 32. */
export type Width = 32 | 64

/**
 * What an arithmetic instruction makes of two known numbers, as 64 bits without sign; undefined for operations that no program
 * branches by at once.
 *
 * @param operation The upper four bits of the opcode.
 */
export function calculate(operation: number, left: bigint, right: bigint, width: Width): bigint | undefined {
  const shift = right & BigInt(width - 1)
  const a = BigInt.asUintN(width, left)
  const b = BigInt.asUintN(width, right)
  const result = (): bigint | undefined => {
    switch (operation) {
      case BPF_ADD:
        return a + b
      case BPF_SUB:
        return a - b
      case BPF_MUL:
        return a * b
      case BPF_AND:
        return a & b
      case BPF_OR:
        return a | b
      case BPF_XOR:
        return a ^ b
      case BPF_LSH:
        return a << shift
      case BPF_RSH:
        return a >> shift
      case BPF_ARSH:
        return BigInt.asIntN(width, a) >> shift
      default:
        return undefined
    }
  }
  const value = result()
  return value === undefined ? undefined : BigInt.asUintN(width, value)
}

type Comparison = (left: bigint, right: bigint) => boolean

const UNSIGNED: ReadonlyMap<number, Comparison> = new Map<number, Comparison>([
  [BPF_JEQ, (left, right) => left === right],
  [BPF_JNE, (left, right) => left !== right],
  [BPF_JGT, (left, right) => left > right],
  [BPF_JGE, (left, right) => left >= right],
  [BPF_JLT, (left, right) => left < right],
  [BPF_JLE, (left, right) => left <= right],
  [BPF_JSET, (left, right) => (left & right) !== 0n],
])

const SIGNED: ReadonlyMap<number, Comparison> = new Map<number, Comparison>([
  [BPF_JSGT, (left, right) => left > right],
  [BPF_JSGE, (left, right) => left >= right],
  [BPF_JSLT, (left, right) => left < right],
  [BPF_JSLE, (left, right) => left <= right],
])

/** Whether a conditional jump of two known numbers is taken; undefined for what compares none. */
export function isTaken(operation: number, left: bigint, right: bigint, width: Width): boolean | undefined {
  const unsigned = UNSIGNED.get(operation)
  if (unsigned !== undefined) return unsigned(BigInt.asUintN(width, left), BigInt.asUintN(width, right))
  return SIGNED.get(operation)?.(BigInt.asIntN(width, left), BigInt.asIntN(width, right))
}
