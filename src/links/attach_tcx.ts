import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { LINK_CREATE_NETKIT, LINK_CREATE_TCX } from '../abi/network_attr.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { findNetworkInterface } from '../kernel/network_interface.ts'
import type { NetkitTarget, TcxTarget } from '../object/network_targets.ts'
import type { AttachTypeName } from '../object/section_definitions.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { encodeOrder, ORDER_REFUSALS } from './program_order.ts'
import { explaining, type Refusals } from './refusals.ts'
import { trafficDirection } from './traffic_direction.ts'

const { BPF_TCX_INGRESS, BPF_TCX_EGRESS, BPF_NETKIT_PRIMARY, BPF_NETKIT_PEER } = bpf_attach_type

const TCX_REFUSALS: Refusals = {
  ...ORDER_REFUSALS,
  EINVAL: {
    code: 'ATTACH_FAILED',
    why: "kernels before 6.6 have no tcx, and a place in the order has to be possible; kind 'tc' attaches on every kernel",
  },
}

const NETKIT_REFUSALS: Refusals = {
  ...ORDER_REFUSALS,
  EINVAL: {
    code: 'ATTACH_FAILED',
    why: 'kernels before 6.7, or built without CONFIG_NETKIT, have no netkit',
  },
  ENXIO: { code: 'ATTACH_FAILED', why: 'the interface is no netkit device' },
  EACCES: {
    code: 'ATTACH_FAILED',
    why: 'programs are attached by the primary interface of the pair, and this is the peer',
  },
}

/**
 * Attaches a program to what comes in by an interface or goes out, by a bpf_link (Linux 6.6).
 *
 * @throws AttachError 'ATTACH_OCCUPIED', 'ATTACH_NO_TARGET' where nothing says which direction, 'ATTACH_FAILED' whose cause
 *   may be KernelError 'NO_SUCH_INTERFACE'
 */
export function attachTcx(context: AttachContext, target: TcxTarget): Link {
  const { kernel, program } = context
  const direction = trafficDirection(context, target)
  const place = `tcx ${direction} of interface ${target.interface}`
  return attaching(context, place, (keep) => {
    const { index } = findNetworkInterface(kernel, target.interface)
    const { flags, relativeFd, relativeId, expectedRevision } = encodeOrder(target)
    const link = explaining(context, place, TCX_REFUSALS, () =>
      createLink(kernel, LINK_CREATE_TCX, {
        prog_fd: program.fd,
        target_ifindex: index,
        attach_type: direction === 'ingress' ? BPF_TCX_INGRESS : BPF_TCX_EGRESS,
        flags,
        'tcx.relative_fd': relativeFd,
        'tcx.relative_id': relativeId,
        'tcx.expected_revision': expectedRevision,
      }),
    )
    return { how: 'bpf-link', link: keep(link) }
  })
}

const SIDES: Readonly<Partial<Record<AttachTypeName, 'primary' | 'peer'>>> = {
  BPF_NETKIT_PRIMARY: 'primary',
  BPF_NETKIT_PEER: 'peer',
}

/**
 * Attaches a program to one side of a netkit pair, by a bpf_link (Linux 6.7).
 *
 * @throws AttachError 'ATTACH_OCCUPIED', 'ATTACH_NO_TARGET' where nothing says which side, 'ATTACH_FAILED' whose cause may be
 *   KernelError 'NO_SUCH_INTERFACE'
 */
export function attachNetkit(context: AttachContext, target: NetkitTarget): Link {
  const { kernel, program } = context
  const side = sideOf(context, target)
  const place = `netkit ${side} of interface ${target.interface}`
  return attaching(context, place, (keep) => {
    const { index } = findNetworkInterface(kernel, target.interface)
    const { flags, relativeFd, relativeId, expectedRevision } = encodeOrder(target)
    const link = explaining(context, place, NETKIT_REFUSALS, () =>
      createLink(kernel, LINK_CREATE_NETKIT, {
        prog_fd: program.fd,
        target_ifindex: index,
        attach_type: side === 'primary' ? BPF_NETKIT_PRIMARY : BPF_NETKIT_PEER,
        flags,
        'netkit.relative_fd': relativeFd,
        'netkit.relative_id': relativeId,
        'netkit.expected_revision': expectedRevision,
      }),
    )
    return { how: 'bpf-link', link: keep(link) }
  })
}

function sideOf({ program: { name, section } }: AttachContext, target: NetkitTarget): 'primary' | 'peer' {
  const { attachType } = section.definition
  const side = target.side ?? (attachType && SIDES[attachType])
  if (side !== undefined) return side
  throw new AttachError(
    'ATTACH_NO_TARGET',
    `cannot attach program ${name}: neither the target nor section '${section.name}' says which side of the pair; give the ` +
      "target a side, 'primary' or 'peer'",
    { program: name, section: section.name },
  )
}
