import type { Kernel } from '../../src/kernel/kernel.ts'
import { attachProgram } from '../../src/links/attach_program.ts'
import type { Link } from '../../src/links/link.ts'
import type { LinkStep } from '../../src/links/steps.ts'
import type { AttachTarget } from '../../src/object/attach_target.ts'
import type { BpfProgram } from '../../src/programs/bpf_program.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { BpfKernel, bufferOf } from '../loader/bpf_kernel.ts'
import { NetlinkPeer, PROGRAM_ID } from './netlink_peer.ts'
import { programIn } from './program_in.ts'

/** What programs of networks and cgroups are attached to: a fake kernel with one interface and one cgroup. */
export class NetworkKernel extends BpfKernel {
  readonly peer: NetlinkPeer
  /** How many programs are attached by BPF_PROG_ATTACH. */
  attached = 0

  constructor() {
    super({ '/sys/fs/cgroup/app/cgroup.procs': '', '/proc/thread-self/ns/net': '' })
    this.peer = new NetlinkPeer(this)
    this.answers.BPF_PROG_ATTACH = () => {
      this.attached++
      return 0
    }
    this.answers.BPF_PROG_DETACH = () => {
      this.attached--
      return 0
    }
    this.answers.BPF_OBJ_GET_INFO_BY_FD = (attr) => {
      new Uint32Array(bufferOf(attr, 'info').buffer)[1] = PROGRAM_ID
      return 0
    }
  }
}

export interface Attempt {
  readonly kernel: NetworkKernel
  readonly program: BpfProgram
  readonly link: Link
  readonly steps: readonly LinkStep[]
  readonly names: readonly string[]
  /** The arguments of the last call of a name. */
  readonly argumentsOf: (name: string) => unknown
}

/** Attaches a program of `section`, and tells what the kernel was asked. */
export function attachIn(
  section: string,
  target: AttachTarget,
  kernel = new NetworkKernel(),
  wrap: (kernel: Kernel) => Kernel = (wrapped) => wrapped,
): Attempt {
  const program = programIn(kernel, section)
  const recording = recordingKernel(wrap(kernel))
  const steps: LinkStep[] = []
  const observer = (step: LinkStep): unknown => steps.push(step)
  const link = attachProgram({ kernel: recording.kernel, program, observer }, target)
  const argumentsOf = (name: string): unknown =>
    recording.calls.findLast(({ command, syscall }) => (command ?? syscall) === name)?.arguments
  return { kernel, program, link, steps, names: recording.names(), argumentsOf }
}
