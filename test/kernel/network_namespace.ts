import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'
import { NETLINK_ROUTE, NLM_F_CREATE, NLM_F_EXCL } from '../../src/abi/netlink_flags.ts'
import { link_attribute, rtnetlink_message } from '../../src/abi/generated/bpf.ts'
import type { NetlinkAttribute } from '../../src/abi/netlink_message.ts'
import { cString } from '../../src/abi/object_name.ts'
import { ByteWriter } from '../../src/base/byte_writer.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { NetlinkSocket } from '../../src/kernel/netlink.ts'
import { findNetworkInterface } from '../../src/kernel/network_interface.ts'
import { kernelTest } from './require.ts'

const CLONE_NEWNET = 0x4000_0000
const IFF_UP = 1
/** `struct ifinfomsg` of an interface to be made, or by its index. */
const LO = 1

/** Of include/uapi/linux/if_link.h and veth.h. */
const IFLA_INFO_KIND = 1
const IFLA_INFO_DATA = 2
const VETH_INFO_PEER = 1

interface Libc {
  readonly unshare: (flags: number) => number
  readonly setns: (fd: number, type: number) => number
}

let opened: Libc | undefined

function libc(): Libc {
  const library = koffi.load(null)
  opened ??= {
    unshare: library.func('int unshare(int)') as Libc['unshare'],
    setns: library.func('int setns(int, int)') as Libc['setns'],
  }
  return opened
}

/** Takes this thread to a network namespace of its own, whose `lo` is up, until what it returns is called. */
function enterNetworkNamespace(): () => void {
  const before = openSync('/proc/thread-self/ns/net', 'r')
  const leave = (): void => {
    libc().setns(before, CLONE_NEWNET)
    closeSync(before)
  }
  try {
    if (libc().unshare(CLONE_NEWNET) !== 0) throw new Error('unshare(CLONE_NEWNET) is refused')
    bringUp(LO)
    return leave
  } catch (error) {
    leave()
    throw error
  }
}

/**
 * Runs `body` in a network namespace of its own, whose `lo` is up. What `body` makes there is gone with the namespace, once
 * nothing refers to it any more. Only this thread goes there; sockets that it opens meanwhile belong there.
 */
export async function inNetworkNamespace(body: () => void | Promise<void>): Promise<void> {
  const leave = enterNetworkNamespace()
  try {
    await body()
  } finally {
    leave()
  }
}

/** Why `attempt` fails in a network namespace of its own; undefined where it does not. */
export function whyNotInNetworkNamespace(attempt: () => void): string | undefined {
  const leave = enterNetworkNamespace()
  try {
    attempt()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    leave()
  }
}

/** Tests that make a network namespace. */
export const networkTest = kernelTest('permission to make a network namespace', () =>
  whyNotInNetworkNamespace(() => undefined),
)

/** Tests that make pairs of interfaces. */
export const vethTest = kernelTest('veth', () =>
  whyNotInNetworkNamespace(() => {
    createVethPair('rawbpf-a', 'rawbpf-b')
  }),
)

/** Sets an interface up. */
export function bringUp(index: number): void {
  send(rtnetlink_message.RTM_NEWLINK, 0, ifinfomsg(index, IFF_UP), [])
}

/** Makes two interfaces of which each receives what the other one sends. Needs the module `veth`. */
export function createVethPair(name: string, peer: string): void {
  const peerMessage = new ByteWriter('little')
    .raw(ifinfomsg(0, 0))
    .u16(4 + peer.length + 1)
    .u16(link_attribute.IFLA_IFNAME)
    .raw(cString(peer))
    .align(4)
    .bytes()
  send(rtnetlink_message.RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg(0, 0), [
    { type: link_attribute.IFLA_IFNAME, value: cString(name) },
    {
      type: link_attribute.IFLA_LINKINFO,
      value: [
        { type: IFLA_INFO_KIND, value: cString('veth') },
        { type: IFLA_INFO_DATA, value: [{ type: VETH_INFO_PEER, value: peerMessage }] },
      ],
    },
  ])
}

/** Removes an interface, and its peer with it. */
export function deleteInterface(name: string): void {
  const { index } = findNetworkInterface(openKernel(), name)
  send(rtnetlink_message.RTM_DELLINK, 0, ifinfomsg(index, 0), [])
}

function ifinfomsg(index: number, flags: number): Uint8Array {
  return new ByteWriter('little').u32(0).u32(index).u32(flags).u32(flags).bytes()
}

function send(
  type: number,
  flags: number,
  header: Uint8Array,
  attributes: readonly NetlinkAttribute[],
): void {
  using socket = NetlinkSocket.open(openKernel())
  socket.request({ name: `message ${type} of protocol ${NETLINK_ROUTE}`, type, flags, header, attributes })
}
