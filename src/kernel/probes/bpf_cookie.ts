import { bpf_prog_type } from '../../abi/generated/bpf.ts'
import { probe, THERE } from './probe.ts'
import { CALL_GET_ATTACH_COOKIE, loadTrivialProgram } from './trivial_program.ts'

/**
 * Whether a program can ask for the cookie that it was attached with: bpf_get_attach_cookie, Linux 5.15. Asked with a kprobe
 * program, as libbpf does, so that kernels without kprobes do not have it either.
 */
export const hasBpfCookie = probe(['EINVAL'], (kernel) => {
  loadTrivialProgram(kernel, bpf_prog_type.BPF_PROG_TYPE_KPROBE, CALL_GET_ATTACH_COOKIE).close()
  return THERE
})
