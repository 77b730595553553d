import type { AttachTypeName } from './section_definitions.ts'

/**
 * What programs for packets, sockets and cgroups are attached to. Section names say which kind of place, and never which
 * interface, cgroup or socket, so all of it is given to `program.attach()`.
 */

/** By its name, its alternative name or its index, in the network namespace of the calling thread. */
export type NetworkInterface = string | number

/** A descriptor of this process, or something that has one, as maps and programs have. It stays its owner's. */
export interface HasDescriptor {
  readonly fd: number
}

/** The path of a directory or file, or an open descriptor of it. It stays its owner's. */
export type PathOrDescriptor = { readonly path: string } | HasDescriptor

/**
 * XDP on an interface: the driver's own (`drv`), in the network stack (`skb`, with every driver), or on the card (`hw`). Left
 * out, the driver's where it has one, else the network stack's.
 */
export type XdpTarget = XdpLinkTarget | XdpNetlinkTarget

interface XdpPlace {
  readonly kind: 'xdp'
  readonly interface: NetworkInterface
  readonly mode?: 'skb' | 'drv' | 'hw' | undefined
}

/** By a bpf_link (Linux 5.9), by netlink where the kernel is older. One program at a time. */
export interface XdpLinkTarget extends XdpPlace {
  readonly by?: 'link' | undefined
}

/**
 * As `ip link set dev eth0 xdp` does it: the program stays until the link is closed, whatever becomes of this process. It can
 * take the place of one that was attached the same way.
 */
export interface XdpNetlinkTarget extends XdpPlace {
  readonly by: 'netlink'
  /** The program that is there now; where it is another one, attaching fails. Left out, none may be there. */
  readonly replace?: HasDescriptor | undefined
}

/**
 * A filter of traffic control in direct-action mode, on every kernel. It hangs on the interface's clsact qdisc, which is made
 * where it is missing. The filter stays until the link is closed, whatever becomes of this process.
 */
export interface TcTarget {
  readonly kind: 'tc'
  readonly interface: NetworkInterface
  /** Default: what the section's name says, as `tc/ingress` does. */
  readonly direction?: 'ingress' | 'egress' | undefined
  /** From 1, which runs first, to 65535. Default: the kernel takes one that comes before all others. */
  readonly priority?: number | undefined
  /** Tells filters of one priority from each other. Default: the kernel takes the smallest free one. */
  readonly handle?: number | undefined
  /** What is to happen where there is a filter with that priority and handle. Default: `refuse`. */
  readonly existing?: 'refuse' | 'replace' | undefined
}

/** A program or a link that is attached to the same place already. */
export type Neighbor =
  | { readonly program: HasDescriptor }
  /** As `bpf_prog_info` has it. */
  | { readonly programId: number }
  /** As `link.info()` has it. */
  | { readonly linkId: number }

/** Where a program goes among those that run at one place. */
export interface ProgramOrder {
  /** Before or behind another one, or before or behind all of them. Default: behind all. */
  readonly order?: 'first' | 'last' | { readonly before: Neighbor } | { readonly after: Neighbor } | undefined
  /** The revision of the list, as BPF_PROG_QUERY tells it; where it has changed since, attaching fails with ESTALE. */
  readonly expectedRevision?: bigint | undefined
}

/** Traffic control by a bpf_link, with several programs in an order (Linux 6.6). */
export interface TcxTarget extends ProgramOrder {
  readonly kind: 'tcx'
  readonly interface: NetworkInterface
  /** Default: what the section's name says, as `tcx/ingress` does. */
  readonly direction?: 'ingress' | 'egress' | undefined
}

/** A netkit device (Linux 6.7), attached to by its primary interface, which runs programs for itself and for its peer. */
export interface NetkitTarget extends ProgramOrder {
  readonly kind: 'netkit'
  readonly interface: NetworkInterface
  /** Default: what the section's name says, as `netkit/peer` does. */
  readonly side?: 'primary' | 'peer' | undefined
}

/** A cgroup of version 2, for programs of all `cgroup` sections, `sockops` and `lsm_cgroup`. */
export type CgroupTarget = PathOrDescriptor & CgroupAttachment & (CgroupLink | CgroupProgAttach)

interface CgroupAttachment {
  readonly kind: 'cgroup'
  /** Default: what the section's name says. `cgroup/skb` does not. */
  readonly attachType?: AttachTypeName | undefined
}

/** By a bpf_link (Linux 5.7). Other programs may be attached too; an order among them came with Linux 6.17. */
interface CgroupLink extends ProgramOrder {
  readonly by?: 'link' | undefined
}

/** By BPF_PROG_ATTACH: the program stays until the link is closed, whatever becomes of this process. */
interface CgroupProgAttach {
  readonly by: 'prog-attach'
  /**
   * `none`: the only one here and in the cgroups below. `override`: the only one here, and one of a cgroup below takes its
   * place there. `multi`: one of several, here and below. Default: `none`, as in the kernel.
   */
  readonly sharing?: 'none' | 'override' | 'multi' | undefined
  /** With `multi`: the attached program whose place this one takes (Linux 5.6). */
  readonly replace?: HasDescriptor | undefined
}

/**
 * A sockmap or sockhash, for programs of `sk_skb` and `sk_msg` sections: by a bpf_link (Linux 6.10); before by
 * BPF_PROG_ATTACH, and then the program stays until the link is closed. Sockets take over what is attached when they are put
 * into the map, and keep it until they leave (`sock_map_link` in net/core/sock_map.c), whatever becomes of the link.
 */
export interface SocketMapTarget {
  readonly kind: 'sockmap'
  readonly map: HasDescriptor
}

/** A network namespace, for `sk_lookup` (Linux 5.9) and `flow_dissector`. Default: the calling thread's. */
export type NetworkNamespaceTarget = { readonly kind: 'netns' } & Partial<PathOrDescriptor>

/**
 * A socket of this process, for `socket` programs. They see the packets that it receives and say how many bytes of each are
 * kept. Closing the link takes away whichever filter the socket has then.
 */
export interface SocketTarget extends HasDescriptor {
  readonly kind: 'socket'
}

/** A group of sockets with SO_REUSEPORT, by one of them, for `sk_reuseport` and `socket` programs. They choose who gets it. */
export interface ReuseportTarget extends HasDescriptor {
  readonly kind: 'reuseport'
}

/** A hook of netfilter, by a bpf_link (Linux 6.4), in the network namespace of the calling thread. */
export interface NetfilterTarget {
  readonly kind: 'netfilter'
  readonly family: 'ipv4' | 'ipv6'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  /** Smaller ones run first; each is there once. Neither of the two that are at the ends of 32 bits. */
  readonly priority: number
  /** Whether fragments are put together before the program sees them (Linux 6.6). */
  readonly fragments?: 'as they come' | 'put together' | undefined
}
