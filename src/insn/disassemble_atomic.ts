import type { Insn } from './insn.ts'
import {
  BPF_ADD,
  BPF_AND,
  BPF_B,
  BPF_CMPXCHG,
  BPF_DW,
  BPF_FETCH,
  BPF_H,
  BPF_LOAD_ACQ,
  BPF_OR,
  BPF_STORE_REL,
  BPF_XCHG,
  BPF_XOR,
  sizeOf,
} from './opcodes.ts'

interface AtomicOperation {
  readonly name: string
  readonly operator: string
}

const OPERATIONS: ReadonlyMap<number, AtomicOperation> = new Map([
  [BPF_ADD, { name: 'add', operator: '+=' }],
  [BPF_OR, { name: 'or', operator: '|=' }],
  [BPF_AND, { name: 'and', operator: '&=' }],
  [BPF_XOR, { name: 'xor', operator: '^=' }],
])

/**
 * An instruction of class BPF_STX and mode BPF_ATOMIC as text; `pointer` writes its memory operand for the
 * register that holds the address, e.g. `(u64 *)(r1 +0)`. Undefined where `imm` is no operation for this
 * size: 8 and 16 bits can be loaded and stored only.
 */
export function disassembleAtomic(insn: Insn, pointer: (register: number) => string): string | undefined {
  const { code, dst, src, imm } = insn
  if (imm === BPF_LOAD_ACQ) return `r${dst} = load_acquire(${pointer(src)})`
  const address = pointer(dst)
  if (imm === BPF_STORE_REL) return `store_release(${address}, r${src})`
  const size = sizeOf(code)
  if (size === BPF_B || size === BPF_H) return undefined
  const atomic = size === BPF_DW ? 'atomic64' : 'atomic'
  if (imm === BPF_XCHG) return `r${src} = ${atomic}_xchg(${address}, r${src})`
  if (imm === BPF_CMPXCHG) return `r0 = ${atomic}_cmpxchg(${address}, r0, r${src})`
  const operation = OPERATIONS.get(imm & ~BPF_FETCH)
  if (operation === undefined) return undefined
  if ((imm & BPF_FETCH) === 0) return `lock *${address} ${operation.operator} r${src}`
  return `r${src} = ${atomic}_fetch_${operation.name}(${address}, r${src})`
}
