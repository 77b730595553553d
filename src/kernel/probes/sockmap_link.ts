import { LINK_CREATE } from '../../abi/bpf_attr.ts'
import { bpf_attach_type, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { createLink } from '../bpf_calls.ts'
import { SyscallError } from '../syscall_error.ts'
import { NOT_THERE, probe, THERE } from './probe.ts'
import { loadTrivialProgram, RETURN_0 } from './trivial_program.ts'

/** No descriptor of any process: -1 as the unsigned field has it. */
const NO_FD = 0xffff_ffff

/**
 * Whether maps of sockets take a BPF link (Linux 6.10). A kernel that has it looks at the descriptor of the map (EBADF); one
 * that does not refuses the program type first (EINVAL).
 */
export const hasSockmapLink = probe(['EINVAL', 'E2BIG'], (kernel) => {
  using program = loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_SK_MSG, RETURN_0)
  try {
    createLink(kernel, LINK_CREATE, {
      prog_fd: program.fd,
      target_fd: NO_FD,
      attach_type: bpf_attach_type.BPF_SK_MSG_VERDICT,
    }).close()
    return NOT_THERE
  } catch (error) {
    if (error instanceof SyscallError && error.errnoName === 'EBADF') return THERE
    throw error
  }
})
