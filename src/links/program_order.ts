import { attach_flags } from '../abi/attach_flags.ts'
import type { Neighbor, ProgramOrder } from '../object/network_targets.ts'
import type { Refusals } from './refusals.ts'

/** A place in the list of programs, as BPF_LINK_CREATE takes it (`bpf_mprog_attach` in kernel/bpf/mprog.c, Linux 6.6). */
export interface EncodedOrder {
  readonly flags: number
  readonly relativeFd?: number
  readonly relativeId?: number
  readonly expectedRevision: bigint | undefined
}

const { BPF_F_BEFORE, BPF_F_AFTER, BPF_F_ID, BPF_F_LINK } = attach_flags

/** Without another program, before is before all and after is after all. */
export function encodeOrder({ order, expectedRevision }: ProgramOrder): EncodedOrder {
  if (order === undefined) return { flags: 0, expectedRevision }
  if (order === 'first') return { flags: BPF_F_BEFORE, expectedRevision }
  if (order === 'last') return { flags: BPF_F_AFTER, expectedRevision }
  return 'before' in order
    ? relativeTo(BPF_F_BEFORE, order.before, expectedRevision)
    : relativeTo(BPF_F_AFTER, order.after, expectedRevision)
}

function relativeTo(side: number, neighbor: Neighbor, expectedRevision: bigint | undefined): EncodedOrder {
  if ('program' in neighbor) return { flags: side, relativeFd: neighbor.program.fd, expectedRevision }
  if ('programId' in neighbor) {
    return { flags: side | BPF_F_ID, relativeId: neighbor.programId, expectedRevision }
  }
  return { flags: side | BPF_F_ID | BPF_F_LINK, relativeId: neighbor.linkId, expectedRevision }
}

/** What the kernel answers to a place in the list. */
export const ORDER_REFUSALS: Refusals = {
  ESTALE: {
    code: 'ATTACH_FAILED',
    why: 'the programs that are attached there have changed since the revision that was expected; ask for them again',
  },
  ENOENT: {
    code: 'ATTACH_FAILED',
    why: 'the program or link that it is to go before or after is not there (anymore)',
  },
  EEXIST: {
    code: 'ATTACH_OCCUPIED',
    why: 'the same program is attached there already, and can be once only',
  },
  ERANGE: {
    code: 'ATTACH_OCCUPIED',
    why: 'as many programs as can be are attached there already; detach another one first',
  },
}
