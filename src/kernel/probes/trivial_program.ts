import { cString } from '../../abi/object_name.ts'
import { bpf_func_id } from '../../abi/generated/bpf.ts'
import { loadProgram } from '../bpf_calls.ts'
import type { FileDescriptor } from '../file_descriptor.ts'
import type { Kernel } from '../kernel.ts'

/** An instruction slot is 8 bytes (Documentation/bpf/standardization/instruction-set.rst, Linux 6.18). */
const SLOT = 8

/** `r0 = 0`. */
const MOV_R0_0 = slot(0xb7, 0)
/** `exit`. */
const EXIT = slot(0x95, 0)

/** `r0 = 0; exit`. */
export const RETURN_0: Uint8Array = concat(MOV_R0_0, EXIT)

/** `call bpf_ktime_get_coarse_ns; r0 = 0; exit`. */
export const CALL_KTIME_GET_COARSE_NS: Uint8Array = concat(
  slot(0x85, bpf_func_id.BPF_FUNC_ktime_get_coarse_ns),
  MOV_R0_0,
  EXIT,
)

/** `call bpf_get_attach_cookie; exit`. */
export const CALL_GET_ATTACH_COOKIE: Uint8Array = concat(
  slot(0x85, bpf_func_id.BPF_FUNC_get_attach_cookie),
  EXIT,
)

/** Loads `insns`, a program too small to be refused for anything but the feature that is asked for. */
export function loadTrivialProgram(kernel: Kernel, type: number, insns: Uint8Array): FileDescriptor {
  return loadProgram(kernel, {
    prog_type: type,
    insn_cnt: insns.length / SLOT,
    insns,
    license: cString('GPL'),
  })
}

function slot(opcode: number, imm: number): Uint8Array {
  const bytes = new Uint8Array(SLOT)
  bytes[0] = opcode
  new DataView(bytes.buffer).setInt32(4, imm, true)
  return bytes
}

function concat(...slots: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(slots.length * SLOT)
  slots.forEach((one, index) => {
    bytes.set(one, index * SLOT)
  })
  return bytes
}
