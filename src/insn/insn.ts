import type { Endianness } from '../base/reader.ts'
import type { InsnIndex } from '../base/units.ts'
import { InsnView } from './insn_view.ts'
import {
  BPF_CALL,
  BPF_DW,
  BPF_IMM,
  BPF_JMP,
  BPF_LD,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  BPF_PSEUDO_KFUNC_CALL,
} from './opcodes.ts'

/**
 * One instruction slot: `struct bpf_insn` of include/uapi/linux/bpf.h, Linux 6.18. Some instructions read
 * `src`, `off` or `imm` as something else than the name says; opcodes.ts lists which.
 */
export interface Insn {
  /** The opcode, 0 to 255. */
  readonly code: number
  /** Register numbers, 0 to 10; the fields have four bits. */
  readonly dst: number
  readonly src: number
  /** Signed, 16 bits. */
  readonly off: number
  /** Signed, 32 bits. */
  readonly imm: number
}

/**
 * Reads slot `index` of `bytes`.
 *
 * @throws InsnError INSN_OUT_OF_BOUNDS
 */
export function readInsn(bytes: Uint8Array, index: InsnIndex, endianness: Endianness = 'little'): Insn {
  return new InsnView(bytes, endianness).get(index)
}

/**
 * Writes `insn` into slot `index` of `bytes`.
 *
 * @throws InsnError INSN_OUT_OF_BOUNDS, INSN_BAD_FIELD
 */
export function writeInsn(
  bytes: Uint8Array,
  index: InsnIndex,
  insn: Insn,
  endianness: Endianness = 'little',
): void {
  new InsnView(bytes, endianness).set(index, insn)
}

/** The first of the two slots of a 64-bit immediate load. */
export function isLdimm64({ code }: Pick<Insn, 'code'>): boolean {
  return code === (BPF_LD | BPF_IMM | BPF_DW)
}

/** Slots that an instruction takes. */
export function slotsOf(insn: Pick<Insn, 'code'>): 1 | 2 {
  return isLdimm64(insn) ? 2 : 1
}

/** A call of anything: helper, subprogram or kernel function. */
export function isCall({ code }: Pick<Insn, 'code'>): boolean {
  return code === (BPF_JMP | BPF_CALL)
}

/** A call of a helper by its number. */
export function isHelperCall(insn: Pick<Insn, 'code' | 'src'>): boolean {
  return isCall(insn) && insn.src === 0
}

/** A call of a subprogram: `imm` slots from the next slot. */
export function isSubprogramCall(insn: Pick<Insn, 'code' | 'src'>): boolean {
  return isCall(insn) && insn.src === BPF_PSEUDO_CALL
}

/** A call of a kernel function by its BTF id. */
export function isKfuncCall(insn: Pick<Insn, 'code' | 'src'>): boolean {
  return isCall(insn) && insn.src === BPF_PSEUDO_KFUNC_CALL
}

/** An `ldimm64` that loads the address of a subprogram: `imm` slots from the next slot. */
export function isSubprogramAddress(insn: Pick<Insn, 'code' | 'src'>): boolean {
  return isLdimm64(insn) && insn.src === BPF_PSEUDO_FUNC
}
