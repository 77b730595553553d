import { LINK_CREATE_PERF_EVENT } from '../../abi/bpf_attr.ts'
import { bpf_attach_type, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { createLink } from '../bpf_calls.ts'
import { SyscallError } from '../syscall_error.ts'
import { NOT_THERE, probe, THERE } from './probe.ts'
import { loadTrivialProgram, RETURN_0 } from './trivial_program.ts'

/** No descriptor of any process: -1 as the unsigned field has it. */
const NO_FD = 0xffff_ffff

/**
 * Whether a perf event takes a BPF link: BPF_LINK_CREATE with BPF_PERF_EVENT, Linux 5.15. A kernel that has it looks at
 * the descriptor of the event (EBADF); one that does not refuses the attach type first (EINVAL).
 */
export const hasPerfLink = probe(['EINVAL', 'E2BIG'], (kernel) => {
  using program = loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_TRACEPOINT, RETURN_0)
  try {
    createLink(kernel, LINK_CREATE_PERF_EVENT, {
      prog_fd: program.fd,
      target_fd: NO_FD,
      attach_type: bpf_attach_type.BPF_PERF_EVENT,
    }).close()
    return NOT_THERE
  } catch (error) {
    if (error instanceof SyscallError && error.errnoName === 'EBADF') return THERE
    throw error
  }
})
