import type { AttrValues } from '../abi/attr_table.ts'
import { decodeAttr } from '../abi/decode_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import { PROG_ATTACH, PROG_DETACH, PROG_QUERY } from '../abi/network_attr.ts'
import type { Fd } from '../base/units.ts'
import type { Kernel } from './kernel.ts'
import { SyscallError } from './syscall_error.ts'

/**
 * Attaching without a bpf_link: what is attached so stays until it is detached, whatever becomes of the process.
 */

/** BPF_PROG_ATTACH (Linux 4.10). */
export function progAttach(kernel: Kernel, values: AttrValues<typeof PROG_ATTACH>): void {
  kernel.bpf(PROG_ATTACH.command, encodeAttr(PROG_ATTACH, values))
}

/** BPF_PROG_DETACH (Linux 4.10). ENOENT where the program is not attached there any more. */
export function progDetach(kernel: Kernel, values: AttrValues<typeof PROG_DETACH>): void {
  kernel.bpf(PROG_DETACH.command, encodeAttr(PROG_DETACH, values))
}

/** Where BPF_PROG_QUERY looks: a descriptor of a cgroup, a network namespace or a map, or the index of an interface. */
export type QueriedTarget = { readonly target_fd: Fd } | { readonly target_ifindex: number }

export interface QueriedPrograms {
  /** BPF_F_ALLOW_OVERRIDE and BPF_F_ALLOW_MULTI of a cgroup. */
  readonly attachFlags: number
  /** Changes with every change of the list; 0 where the kernel does not count (before Linux 6.6, cgroups before 6.17). */
  readonly revision: bigint
  /** In the order in which they run. `linkId` is 0 for those without a link, and before Linux 6.6 for all. */
  readonly programs: readonly { readonly id: number; readonly linkId: number }[]
}

/** Enough for most; the kernel says how many there are. */
const FIRST_ROOM = 64

/** Others may attach between two questions. */
const ATTEMPTS = 8

/** BPF_PROG_QUERY (Linux 4.15; for interfaces 6.6). `attachType` is a `BPF_*` number of `enum bpf_attach_type`. */
export function queryPrograms(kernel: Kernel, target: QueriedTarget, attachType: number): QueriedPrograms {
  let room = FIRST_ROOM
  for (let attempt = 1; ; attempt++) {
    const asked = ask(kernel, target, attachType, room)
    if (asked.kind === 'answered') return asked.answer
    room = asked.count * 2
    if (attempt === ATTEMPTS) throw asked.error
  }
}

type Asked =
  | { readonly kind: 'answered'; readonly answer: QueriedPrograms }
  | { readonly kind: 'too many'; readonly count: number; readonly error: SyscallError }

function ask(kernel: Kernel, target: QueriedTarget, attachType: number, room: number): Asked {
  const [programs, links] = [new Uint32Array(room), new Uint32Array(room)]
  // Kernels before 6.6 refuse the field; those that can be asked about an interface have it.
  const forLinks = 'target_ifindex' in target ? { link_ids: new Uint8Array(links.buffer) } : {}
  const attr = encodeAttr(PROG_QUERY, {
    ...target,
    ...forLinks,
    attach_type: attachType,
    prog_ids: new Uint8Array(programs.buffer),
    prog_cnt: room,
  })
  try {
    kernel.bpf(PROG_QUERY.command, attr)
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errnoName !== 'ENOSPC') throw error
    return { kind: 'too many', count: decodeAttr(PROG_QUERY, attr.bytes).prog_cnt, error }
  }
  const { attach_flags, prog_cnt, revision } = decodeAttr(PROG_QUERY, attr.bytes)
  const found = [...programs.subarray(0, prog_cnt)].map((id, index) => ({ id, linkId: links[index] ?? 0 }))
  return { kind: 'answered', answer: { attachFlags: attach_flags, revision, programs: found } }
}
