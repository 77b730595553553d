import { BPF_PROG_INFO } from '../abi/bpf_info.ts'
import {
  addFilter,
  decodeFilter,
  deleteFilter,
  dumpFilters,
  type TcDirection,
  type TcFilterPlace,
} from '../abi/rtnetlink.ts'
import { infoByFd } from '../kernel/bpf_calls.ts'
import { NetlinkSocket } from '../kernel/netlink.ts'
import { networkInterface } from '../kernel/network_interface.ts'
import type { TcTarget } from '../object/network_targets.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, attaching } from './attaching.ts'
import { claimClsact } from './clsact.ts'
import { trafficDirection } from './traffic_direction.ts'
import type { Link } from './link.ts'
import { requestOrUndo } from './netlink_request.ts'
import { explaining, type Refusals, unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

const REFUSALS: Refusals = {
  EEXIST: {
    code: 'ATTACH_OCCUPIED',
    why: "a filter with that priority and handle is there; choose others, or replace it with existing: 'replace'",
  },
}

/** `tcm_info` has 16 bits for it, `tcm_handle` 32. */
const LARGEST_PRIORITY = 0xffff
const LARGEST_HANDLE = 0xffff_ffff

/**
 * Attaches a program as a filter of traffic control, in direct-action mode: what it returns is what happens to the packet.
 * The filter outlives this process unless the link is closed.
 *
 * @throws AttachError 'ATTACH_OCCUPIED' where there is such a filter, 'ATTACH_NO_TARGET' where neither the target nor the
 *   section says which direction, 'ATTACH_FAILED' whose cause may be KernelError 'NO_SUCH_INTERFACE'
 */
export function attachTc(context: AttachContext, target: TcTarget): Link {
  const direction = trafficDirection(context, target)
  const place = `tc ${direction} of interface ${target.interface}`
  requireInRange(context, place, 'priority', target.priority, LARGEST_PRIORITY)
  requireInRange(context, place, 'handle', target.handle, LARGEST_HANDLE)
  return attaching(context, place, (keep) => {
    const socket = keep(NetlinkSocket.open(context.kernel))
    const { index } = networkInterface(socket, target.interface)
    keep(claimClsact(context.kernel, socket, index))
    const filter = explaining(context, place, REFUSALS, () =>
      hang(context, socket, { index, direction, target }),
    )
    keep(
      new Undo(() => {
        remove(socket, filter)
      }),
    )
    return { how: 'netlink' }
  })
}

function requireInRange(
  { program: { name, section } }: AttachContext,
  place: string,
  what: string,
  value: number | undefined,
  largest: number,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= largest)) return
  throw new AttachError(
    'ATTACH_FAILED',
    `cannot attach program ${name} to ${place}: ${value} is no ${what}; those are 1 to ${largest}`,
    { program: name, section: section.name },
  )
}

interface Request {
  readonly index: number
  readonly direction: TcDirection
  readonly target: TcTarget
}

/** Adds the filter, and gives the place that it got. */
function hang(
  context: AttachContext,
  socket: NetlinkSocket,
  { index, direction, target }: Request,
): TcFilterPlace {
  const { handle = 0, priority = 0, existing = 'refuse' } = target
  const wanted: TcFilterPlace = { index, direction, handle, priority }
  const { fd, name } = context.program
  const [echo] = requestOrUndo(socket, addFilter(wanted, { fd, name, existing }), () => {
    removeFiltersOf(context, socket, wanted)
  })
  if (echo === undefined) return wanted
  const got = decodeFilter(echo)
  return { ...wanted, handle: got.handle, priority: got.priority }
}

/** ENOENT and EINVAL: the filter or its qdisc is gone. ENODEV: the interface is, with all of it. */
function remove(socket: NetlinkSocket, filter: TcFilterPlace): void {
  unlessGone(['ENOENT', 'EINVAL', 'ENODEV'], () => {
    socket.request(deleteFilter(filter))
  })
}

/** Where nobody knows which place a filter got, it is found by its program. */
function removeFiltersOf(
  { kernel, program }: AttachContext,
  socket: NetlinkSocket,
  place: TcFilterPlace,
): void {
  const { id } = infoByFd(kernel, program.fd, BPF_PROG_INFO)
  for (const answer of socket.request(dumpFilters(place.index, place.direction))) {
    const { handle, priority, programId } = decodeFilter(answer)
    if (programId === id) remove(socket, { ...place, handle, priority })
  }
}
