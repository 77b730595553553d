import { disassembleAtomic } from './disassemble_atomic.ts'
import type { Insn } from './insn.ts'
import * as op from './opcodes.ts'

/**
 * One instruction as one line of text, in the notation of the kernel's verifier log and `bpftool prog dump`
 * (kernel/bpf/disasm.c, Linux 6.18), which is the C-like notation of llvm-objdump in all but a few places.
 * Where the two differ:
 *   - jumps are written `goto +5` as llvm-objdump does (the kernel: `goto pc+5`), counted in slots from the
 *     next slot,
 *   - 64-bit immediates end in ` ll` as in llvm-objdump; those that name a map or another object of the
 *     kernel's are written as bpftool does, e.g. `map[fd:5][0]+8`,
 *   - helpers are written by number, `call 113`: this function knows no names.
 *
 * Anything that the instruction set does not define is written `(bad code 0x..)`, or `(bad off ..)` and `(bad
 * imm ..)` where a defined opcode has an undefined operand. Nothing throws.
 *
 * @param nextImm `imm` of the following slot, the upper half of an `ldimm64`; others do not need it
 */
export function disassemble(insn: Insn, nextImm?: number): string {
  return FORMATTERS[op.classOf(insn.code)]?.(insn, nextImm) ?? badCode(insn)
}

/** Undefined where the opcode is none. */
type Formatter = (insn: Insn, nextImm: number | undefined) => string | undefined

/** By instruction class. */
const FORMATTERS: readonly Formatter[] = [
  formatLd,
  formatLdx,
  formatSt,
  formatStx,
  formatAlu,
  formatJump,
  formatJump,
  formatAlu,
]

const UNSIGNED: ReadonlyMap<number, string> = new Map([
  [op.BPF_W, 'u32'],
  [op.BPF_H, 'u16'],
  [op.BPF_B, 'u8'],
  [op.BPF_DW, 'u64'],
])

/** There is no sign-extending load of 64 bits: nothing is left to extend. */
const SIGNED: ReadonlyMap<number, string> = new Map([
  [op.BPF_W, 's32'],
  [op.BPF_H, 's16'],
  [op.BPF_B, 's8'],
])

const ALU_OPERATORS: ReadonlyMap<number, string> = new Map([
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
])

const JUMP_OPERATORS: ReadonlyMap<number, string> = new Map([
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
])

function badCode({ code }: Insn): string {
  return `(bad code 0x${code.toString(16).padStart(2, '0')})`
}

function badOperand(insn: Insn, field: 'off' | 'imm' | 'src'): string {
  return `(bad ${field} ${insn[field]} of code 0x${insn.code.toString(16).padStart(2, '0')})`
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`
}

/** `imm` as the 32 bits that it is, e.g. 0xffffffff for -1. */
function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`
}

function pointer(type: string, register: number, off: number): string {
  return `(${type} *)(r${register} ${signed(off)})`
}

function formatLd(insn: Insn, nextImm: number | undefined): string | undefined {
  const { code, dst, src, imm } = insn
  if (code === (op.BPF_LD | op.BPF_IMM | op.BPF_DW)) return `r${dst} = ${wideImmediate(insn, nextImm)}`
  const type = UNSIGNED.get(op.sizeOf(code))
  if (type === undefined || type === 'u64') return undefined
  if (op.modeOf(code) === op.BPF_ABS) return `r0 = *(${type} *)skb[${imm}]`
  if (op.modeOf(code) === op.BPF_IND) return `r0 = *(${type} *)skb[r${src} + ${imm}]`
  return undefined
}

function wideImmediate(insn: Insn, nextImm: number | undefined): string {
  if (nextImm === undefined) return `${hex32(insn.imm)} ll (its second half is missing)`
  const low = insn.imm >>> 0
  const high = nextImm >>> 0
  switch (insn.src) {
    case 0:
      return `0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)} ll`
    case op.BPF_PSEUDO_MAP_FD:
      return `map[fd:${low}]`
    case op.BPF_PSEUDO_MAP_VALUE:
      return `map[fd:${low}][0]+${high}`
    case op.BPF_PSEUDO_BTF_ID:
      return high === 0 ? `btf[id:${low}]` : `btf[fd:${high}][id:${low}]`
    case op.BPF_PSEUDO_FUNC:
      return `subprog[${signed(insn.imm)}]`
    case op.BPF_PSEUDO_MAP_IDX:
      return `map[idx:${low}]`
    case op.BPF_PSEUDO_MAP_IDX_VALUE:
      return `map[idx:${low}][0]+${high}`
    default:
      return badOperand(insn, 'src')
  }
}

function formatLdx({ code, dst, src, off }: Insn): string | undefined {
  const mode = op.modeOf(code)
  const types = mode === op.BPF_MEM ? UNSIGNED : mode === op.BPF_MEMSX ? SIGNED : undefined
  const type = types?.get(op.sizeOf(code))
  return type === undefined ? undefined : `r${dst} = *${pointer(type, src, off)}`
}

function formatSt({ code, dst, off, imm }: Insn): string | undefined {
  const type = UNSIGNED.get(op.sizeOf(code))
  if (op.modeOf(code) !== op.BPF_MEM || type === undefined) return undefined
  return `*${pointer(type, dst, off)} = ${imm}`
}

function formatStx(insn: Insn): string | undefined {
  const { code, dst, src, off } = insn
  const type = UNSIGNED.get(op.sizeOf(code))
  if (type === undefined) return undefined
  if (op.modeOf(code) === op.BPF_MEM) return `*${pointer(type, dst, off)} = r${src}`
  if (op.modeOf(code) !== op.BPF_ATOMIC) return undefined
  return disassembleAtomic(insn, (register) => pointer(type, register, off)) ?? badOperand(insn, 'imm')
}

function formatAlu(insn: Insn): string | undefined {
  const { code, dst, src, off, imm } = insn
  const wide = op.classOf(code) === op.BPF_ALU64
  const register = wide ? 'r' : 'w'
  if (op.opOf(code) === op.BPF_END) return formatByteSwap(insn)
  const fromRegister = op.sourceOf(code) === op.BPF_X
  if (op.opOf(code) === op.BPF_NEG) {
    return fromRegister ? undefined : `${register}${dst} = -${register}${dst}`
  }
  if (code === (op.BPF_ALU64 | op.BPF_MOV | op.BPF_X)) {
    if (off === op.BPF_ADDR_SPACE_CAST) {
      return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`
    }
    if (off === op.BPF_ADDR_PERCPU) return `r${dst} = &(void __percpu *)(r${src})`
  }
  const operator = ALU_OPERATORS.get(op.opOf(code))
  if (operator === undefined) return undefined
  const variant = aluVariant(insn, operator)
  if (variant === undefined) return badOperand(insn, 'off')
  return `${register}${dst} ${variant}${fromRegister ? `${register}${src}` : String(imm)}`
}

/**
 * The operator and what stands before its right side: `off` makes divisions signed and lets moves extend the
 * sign.
 */
function aluVariant({ code, off }: Insn, operator: string): string | undefined {
  if (off === 0) return `${operator} `
  const operation = op.opOf(code)
  const divides = operation === op.BPF_DIV || operation === op.BPF_MOD
  if (divides && off === 1) return `s${operator} `
  const moves = operation === op.BPF_MOV && op.sourceOf(code) === op.BPF_X
  const extends32 = off === 32 && op.classOf(code) === op.BPF_ALU64
  if (moves && (off === 8 || off === 16 || extends32)) return `= (s${off})`
  return undefined
}

function formatByteSwap(insn: Insn): string | undefined {
  const { code, dst, imm } = insn
  const toBigEndian = op.sourceOf(code) === op.BPF_TO_BE
  const unconditional = op.classOf(code) === op.BPF_ALU64
  if (unconditional && toBigEndian) return undefined
  if (imm !== 16 && imm !== 32 && imm !== 64) return badOperand(insn, 'imm')
  const name = unconditional ? 'bswap' : toBigEndian ? 'be' : 'le'
  return `r${dst} = ${name}${imm} r${dst}`
}

function formatJump(insn: Insn): string | undefined {
  const { code, dst, src, off, imm } = insn
  const unconditional = UNCONDITIONAL.get(code)
  if (unconditional !== undefined) return unconditional(insn)
  const operator = JUMP_OPERATORS.get(op.opOf(code))
  if (operator === undefined) return undefined
  const register = op.classOf(code) === op.BPF_JMP32 ? 'w' : 'r'
  const right = op.sourceOf(code) === op.BPF_X ? `${register}${src}` : hex32(imm)
  return `if ${register}${dst} ${operator} ${right} goto ${signed(off)}`
}

/** By opcode: the jumps that compare nothing. */
const UNCONDITIONAL: ReadonlyMap<number, (insn: Insn) => string> = new Map([
  [op.BPF_JMP | op.BPF_JA, ({ off }: Insn) => `goto ${signed(off)}`],
  [op.BPF_JMP32 | op.BPF_JA, ({ imm }: Insn) => `gotol ${signed(imm)}`],
  [op.BPF_JMP | op.BPF_JA | op.BPF_X, ({ dst }: Insn) => `gotox r${dst}`],
  [op.BPF_JMP | op.BPF_EXIT, () => 'exit'],
  [op.BPF_JMP | op.BPF_CALL, formatCall],
  [
    op.BPF_JMP | op.BPF_JCOND,
    (insn: Insn) => (insn.src === 0 ? `may_goto ${signed(insn.off)}` : badOperand(insn, 'src')),
  ],
])

function formatCall(insn: Insn): string {
  switch (insn.src) {
    case 0:
      return `call ${insn.imm}`
    case op.BPF_PSEUDO_CALL:
      return `call pc${signed(insn.imm)}`
    case op.BPF_PSEUDO_KFUNC_CALL:
      return `call kernel-function#${insn.imm}`
    default:
      return badOperand(insn, 'src')
  }
}
