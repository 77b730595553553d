import type { Slots } from '../core/patch.ts'
import { call } from '../insn/assemble.ts'
import type { Insn } from '../insn/insn.ts'
import { BPF_PSEUDO_BTF_ID, BPF_PSEUDO_KFUNC_CALL } from '../insn/opcodes.ts'
import type { ExternResolution } from './extern_resolution.ts'

/**
 * The helper that a call of a missing kernel function calls, plus the extern's place among the object's. No helper has such
 * a number: the verifier refuses the program if the call can be reached, and drops it as dead code if it cannot. libbpf's
 * numbers are the same (`POISON_CALL_KFUNC_BASE` of tools/lib/bpf/libbpf.c, bpf-next with libbpf 1.6).
 */
export const POISON_KFUNC_BASE = 2_002_000_000

/**
 * A call of what an extern stands for.
 *
 * @param index The extern's place among the object's.
 */
export function callOf(insn: Insn, index: number, resolution: ExternResolution): Slots {
  if (resolution.kind !== 'kernel type') return [call(POISON_KFUNC_BASE + index)]
  return [{ ...insn, src: BPF_PSEUDO_KFUNC_CALL, imm: resolution.id, off: resolution.fdIndex }]
}

/**
 * A load of the address of what an extern stands for. For a function or variable of a module, the second slot is to hold the
 * descriptor of the module's BTF, which only the loader has.
 */
export function loadOf([first, second]: Slots, resolution: ExternResolution): Slots {
  if (second === undefined) return [first]
  if (resolution.kind === 'kernel type') {
    return [
      { ...first, src: BPF_PSEUDO_BTF_ID, imm: resolution.id },
      { ...second, imm: 0 },
    ]
  }
  const address = resolution.kind === 'address' ? resolution.address : 0n
  return [
    { ...first, imm: low32(address) },
    { ...second, imm: low32(address >> 32n) },
  ]
}

function low32(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}
