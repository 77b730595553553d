import { LINK_CREATE } from '../abi/bpf_attr.ts'
import { bpf_attach_type } from '../abi/generated/bpf.ts'
import { xdp_flags } from '../abi/netlink_flags.ts'
import { type LinkMessage, setXdp } from '../abi/rtnetlink.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import { isBefore, type KernelVersion, readKernelVersion } from '../kernel/kernel_version.ts'
import { NetlinkSocket } from '../kernel/netlink.ts'
import { networkInterface } from '../kernel/network_interface.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { XdpNetlinkTarget, XdpTarget } from '../object/network_targets.ts'
import { AttachError } from './attach_error.ts'
import { type AttachContext, type Attached, attaching, type Keep } from './attaching.ts'
import type { Link } from './link.ts'
import { requestOrUndo } from './netlink_request.ts'
import { ownedProgram } from './owned_program.ts'
import { explaining, type Refusals, unlessGone } from './refusals.ts'
import { Undo } from './undo.ts'

const MODE_FLAGS = {
  skb: xdp_flags.XDP_FLAGS_SKB_MODE,
  drv: xdp_flags.XDP_FLAGS_DRV_MODE,
  hw: xdp_flags.XDP_FLAGS_HW_MODE,
} as const

/** The first release with links for XDP. An older one answers EINVAL, as newer ones do to other things. */
const XDP_LINK: KernelVersion = [5, 9]

/**
 * Attaches an XDP program to a network interface: by a bpf_link, which ends with this process, or by netlink, which does not.
 *
 * @throws AttachError 'ATTACH_OCCUPIED' where another program is attached there, 'ATTACH_WRONG_PROGRAM', 'ATTACH_FAILED'
 *   whose cause may be KernelError 'NO_SUCH_INTERFACE'
 */
export function attachXdp(context: AttachContext, target: XdpTarget): Link {
  requireInterfaceProgram(context)
  const place = `XDP of interface ${target.interface}`
  return attaching(context, place, (keep) => {
    using socket = NetlinkSocket.open(context.kernel)
    const link = networkInterface(socket, target.interface)
    if (target.by === 'netlink') return attachByNetlink(context, place, target, keep)
    try {
      return attachByLink(context, place, target, link, keep)
    } catch (error) {
      if (!isBeforeLinks(error)) throw error
    }
    return attachByNetlink(context, place, { ...target, by: 'netlink' }, keep)
  })
}

function requireInterfaceProgram({ program: { name, section } }: AttachContext): void {
  const map = /(devmap|cpumap)$/.exec(section.definition.prefix)?.[1]
  if (map === undefined) return
  throw new AttachError(
    'ATTACH_WRONG_PROGRAM',
    `cannot attach program ${name} to an interface: section '${section.name}' is for programs of a ${map}'s values; update ` +
      'the map with its descriptor, or give it section xdp',
    { program: name, section: section.name },
  )
}

function isBeforeLinks(error: unknown): boolean {
  if (!(error instanceof SyscallError) || error.errnoName !== 'EINVAL') return false
  const version = readKernelVersion()
  return version !== undefined && isBefore(version, XDP_LINK)
}

function attachByLink(
  context: AttachContext,
  place: string,
  { mode }: XdpTarget,
  { index, xdp }: LinkMessage,
  keep: Keep,
): Attached {
  const { kernel, program } = context
  const link = explaining(context, place, refusals(xdp), () =>
    createLink(kernel, LINK_CREATE, {
      prog_fd: program.fd,
      target_ifindex: index,
      attach_type: bpf_attach_type.BPF_XDP,
      flags: modeFlags(mode),
    }),
  )
  return { how: 'bpf-link', link: keep(link) }
}

function attachByNetlink(
  context: AttachContext,
  place: string,
  { interface: reference, mode, replace }: XdpNetlinkTarget,
  keep: Keep,
): Attached {
  const socket = keep(NetlinkSocket.open(context.kernel))
  const { index, xdp } = networkInterface(socket, reference)
  const own = keep(ownedProgram(context))
  const flags = modeFlags(mode)
  const { XDP_FLAGS_REPLACE, XDP_FLAGS_UPDATE_IF_NOEXIST } = xdp_flags
  const condition = replace === undefined ? XDP_FLAGS_UPDATE_IF_NOEXIST : XDP_FLAGS_REPLACE
  const takeAway = (): void => {
    // EEXIST: another program has taken its place. ENODEV: the interface is gone, and the program with it.
    unlessGone(['EEXIST', 'ENODEV'], () => {
      socket.request(setXdp({ index, fd: -1, flags: flags | XDP_FLAGS_REPLACE, expectedFd: own.fd }))
    })
  }
  const request = setXdp({ index, fd: own.fd, flags: flags | condition, expectedFd: replace?.fd })
  explaining(context, place, refusals(xdp), () => requestOrUndo(socket, request, takeAway))
  keep(new Undo(takeAway))
  return { how: 'netlink' }
}

function modeFlags(mode: XdpTarget['mode']): number {
  return mode === undefined ? 0 : MODE_FLAGS[mode]
}

/** `dev_xdp_attach` in net/core/dev.c, Linux 6.18. */
function refusals(xdp: LinkMessage['xdp']): Refusals {
  const there = Object.entries(xdp).flatMap(([mode, id]) =>
    id === 0 ? [] : [`program ${id} (${mode} mode)`],
  )
  const occupied = {
    code: 'ATTACH_OCCUPIED',
    why: `the interface has ${there.join(' and ') || 'another program'}, and takes one at a time; detach that one first`,
  } as const
  const notInThatMode = {
    code: 'ATTACH_FAILED',
    why: "the interface's driver does not take XDP programs in that mode; the mode skb works with every driver",
  } as const
  return { EBUSY: occupied, EEXIST: occupied, EOPNOTSUPP: notInThatMode }
}
