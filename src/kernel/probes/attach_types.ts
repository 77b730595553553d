import { bpf_attach_type, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { cString } from '../../abi/object_name.ts'
import { loadProgram } from '../bpf_calls.ts'
import { probe, THERE } from './probe.ts'
import { RETURN_0 } from './trivial_program.ts'

/**
 * Whether BPF_PROG_LOAD takes `expected_attach_type`: Linux 4.17. Asked with a program type that has needed one since
 * then; older kernels answer E2BIG for the field, or EINVAL.
 */
export const hasExpectedAttachTypes = probe(['E2BIG', 'EINVAL'], (kernel) => {
  loadProgram(kernel, {
    prog_type: bpf_prog_type.BPF_PROG_TYPE_CGROUP_SOCK,
    expected_attach_type: bpf_attach_type.BPF_CGROUP_INET4_POST_BIND,
    insn_cnt: RETURN_0.length / 8,
    insns: RETURN_0,
    license: cString('GPL'),
  }).close()
  return THERE
})
