import { LINK_CREATE_UPROBE_MULTI } from '../../abi/bpf_attr.ts'
import { bpf_attach_type, bpf_prog_type } from '../../abi/generated/bpf.ts'
import { cString } from '../../abi/object_name.ts'
import type { Fd } from '../../base/units.ts'
import { createLink, loadProgram } from '../bpf_calls.ts'
import type { Kernel } from '../kernel.ts'
import { SyscallError } from '../syscall_error.ts'
import { NOT_THERE, probe, THERE } from './probe.ts'
import { RETURN_0 } from './trivial_program.ts'

/** No process: -1 as the unsigned field has it. */
const NO_PID = 0xffff_ffff

/**
 * Whether one link attaches a program to many places of a file: BPF_TRACE_UPROBE_MULTI, Linux 6.6. The first kernels
 * with it looked at the thread where they were asked for a process, which is as good as not having it.
 *
 * `/` is no file to probe: a kernel with it answers EBADF. One that got processes right looks at the process before the
 * file, and answers EINVAL to one that cannot be (`probe_uprobe_multi_link` in libbpf's src/features.c). libbpf decides by
 * this, when it loads a USDT program, how that is going to be attached.
 */
export const hasUprobeMulti = probe(['EINVAL', 'E2BIG'], (kernel) => {
  using program = loadProgram(kernel, {
    prog_type: bpf_prog_type.BPF_PROG_TYPE_KPROBE,
    expected_attach_type: bpf_attach_type.BPF_TRACE_UPROBE_MULTI,
    insn_cnt: RETURN_0.length / 8,
    insns: RETURN_0,
    license: cString('GPL'),
  })
  if (answerTo(kernel, program.fd, 0) !== 'EBADF') return NOT_THERE
  return answerTo(kernel, program.fd, NO_PID) === 'EINVAL' ? THERE : NOT_THERE
})

/** What kernels answer, with and without the feature; anything else, as a lack of memory, is no answer. */
const ANSWERS: ReadonlySet<string> = new Set(['EBADF', 'EINVAL', 'ESRCH', 'EOPNOTSUPP'])

/** The errno of an attempt that cannot succeed; undefined where it did. */
function answerTo(kernel: Kernel, program: Fd, pid: number): string | undefined {
  try {
    createLink(kernel, LINK_CREATE_UPROBE_MULTI, {
      prog_fd: program,
      attach_type: bpf_attach_type.BPF_TRACE_UPROBE_MULTI,
      'uprobe_multi.path': cString('/'),
      'uprobe_multi.offsets': new Uint8Array(8),
      'uprobe_multi.cnt': 1,
      'uprobe_multi.pid': pid,
    }).close()
    return undefined
  } catch (error) {
    if (error instanceof SyscallError && ANSWERS.has(error.errnoName)) return error.errnoName
    throw error
  }
}
