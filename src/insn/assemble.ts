import type { Endianness } from '../base/reader.ts'
import { insnIndex } from '../base/units.ts'
import type { Insn } from './insn.ts'
import { InsnView } from './insn_view.ts'
import * as op from './opcodes.ts'

/**
 * Constructors of single instructions, named after what they do, with the operands in the order of the text
 * that `disassemble` makes of them: destination first. Registers are numbers, 0 to 10; sizes, operations and
 * pseudo source registers are the BPF_* numbers of opcodes.ts. Values are checked by `assemble`.
 */

/** The two slots of an `ldimm64`. */
export type WideInsn = readonly [Insn, Insn]

/** `r1 = 5` */
export function movImm(dst: number, imm: number): Insn {
  return aluImm(op.BPF_MOV, dst, imm)
}

/** `r1 = r2` */
export function movReg(dst: number, src: number): Insn {
  return aluReg(op.BPF_MOV, dst, src)
}

/** `r1 += 5`, in 64 bits. */
export function aluImm(operation: number, dst: number, imm: number): Insn {
  return { code: op.BPF_ALU64 | operation | op.BPF_K, dst, src: 0, off: 0, imm }
}

/** `r1 += r2`, in 64 bits. */
export function aluReg(operation: number, dst: number, src: number): Insn {
  return { code: op.BPF_ALU64 | operation | op.BPF_X, dst, src, off: 0, imm: 0 }
}

/** `r1 = 0x10 ll`: a 64-bit number, signed or unsigned. Bits beyond 64 are cut off. */
export function loadImm64(dst: number, value: bigint): WideInsn {
  return loadWide(dst, 0, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
}

/** `r1 = map[fd:5]` */
export function loadMapFd(dst: number, fd: number): WideInsn {
  return loadWide(dst, op.BPF_PSEUDO_MAP_FD, fd, 0)
}

/** `r1 = map[fd:5][0]+8`: the address `offset` bytes into the map's first value. */
export function loadMapValue(dst: number, fd: number, offset: number): WideInsn {
  // The kernel reads the offset as unsigned, and imm is a signed field.
  return loadWide(dst, op.BPF_PSEUDO_MAP_VALUE, fd, offset | 0)
}

/** An `ldimm64` with any pseudo source register and the `imm` of both slots. */
export function loadWide(dst: number, pseudo: number, imm: number, nextImm: number): WideInsn {
  return [
    { code: op.BPF_LD | op.BPF_IMM | op.BPF_DW, dst, src: pseudo, off: 0, imm },
    { code: 0, dst: 0, src: 0, off: 0, imm: nextImm },
  ]
}

/** `r1 = *(u64 *)(r2 +8)` */
export function loadMem(size: number, dst: number, src: number, off: number): Insn {
  return { code: op.BPF_LDX | op.BPF_MEM | size, dst, src, off, imm: 0 }
}

/** `*(u64 *)(r1 +8) = r2` */
export function storeMem(size: number, dst: number, off: number, src: number): Insn {
  return { code: op.BPF_STX | op.BPF_MEM | size, dst, src, off, imm: 0 }
}

/** `*(u64 *)(r1 +8) = 5` */
export function storeImm(size: number, dst: number, off: number, imm: number): Insn {
  return { code: op.BPF_ST | op.BPF_MEM | size, dst, src: 0, off, imm }
}

/** `lock *(u64 *)(r1 +8) += r2`; `operation` is what BPF_ATOMIC has in `imm`, e.g. BPF_ADD or BPF_XCHG. */
export function atomic(size: number, dst: number, off: number, operation: number, src: number): Insn {
  return { code: op.BPF_STX | op.BPF_ATOMIC | size, dst, src, off, imm: operation }
}

/** `goto +5`: slots from the next slot on. */
export function ja(off: number): Insn {
  return { code: op.BPF_JMP | op.BPF_JA, dst: 0, src: 0, off, imm: 0 }
}

/** `if r1 == 0x5 goto +2`; `operation` is e.g. BPF_JEQ. */
export function jumpImm(operation: number, dst: number, imm: number, off: number): Insn {
  return { code: op.BPF_JMP | operation | op.BPF_K, dst, src: 0, off, imm }
}

/** `if r1 == r2 goto +2` */
export function jumpReg(operation: number, dst: number, src: number, off: number): Insn {
  return { code: op.BPF_JMP | operation | op.BPF_X, dst, src, off, imm: 0 }
}

/** `call 113`: a helper, by its number. */
export function call(helper: number): Insn {
  return { code: op.BPF_JMP | op.BPF_CALL, dst: 0, src: 0, off: 0, imm: helper }
}

/** `call pc+5`: a subprogram, in slots from the next slot on. */
export function callSubprogram(distance: number): Insn {
  return { ...call(distance), src: op.BPF_PSEUDO_CALL }
}

/**
 * `call kernel-function#1234`: by BTF id; `fdIndex` is the place of its module's BTF in `fd_array`, 0 for
 * vmlinux.
 */
export function callKfunc(btfId: number, fdIndex: number): Insn {
  return { ...call(btfId), src: op.BPF_PSEUDO_KFUNC_CALL, off: fdIndex }
}

/** `exit` */
export function exit(): Insn {
  return { code: op.BPF_JMP | op.BPF_EXIT, dst: 0, src: 0, off: 0, imm: 0 }
}

/**
 * Instructions as the kernel takes them.
 *
 * @throws InsnError INSN_BAD_FIELD if an operand does not fit into its field
 */
export function assemble(insns: readonly (Insn | WideInsn)[], endianness: Endianness = 'little'): Uint8Array {
  const slots = insns.flatMap((insn): readonly Insn[] => ('code' in insn ? [insn] : insn))
  const bytes = new Uint8Array(slots.length * op.INSN_SIZE)
  const view = new InsnView(bytes, endianness)
  slots.forEach((slot, index) => {
    view.set(insnIndex(index), slot)
  })
  return bytes
}
