import { bpf_prog_type } from '../../abi/generated/bpf.ts'
import { probe, THERE } from './probe.ts'
import { CALL_KTIME_GET_COARSE_NS, loadTrivialProgram } from './trivial_program.ts'

/**
 * Whether the kernel charges the memory of maps and programs to the memory cgroup and not to RLIMIT_MEMLOCK: Linux 5.11.
 * The change cannot be seen from user space, so this asks for the helper bpf_ktime_get_coarse_ns, which came with the
 * same release, as libbpf does.
 */
export const hasMemcgAccounting = probe(['EINVAL'], (kernel) => {
  loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_SOCKET_FILTER, CALL_KTIME_GET_COARSE_NS).close()
  return THERE
})
