import { ByteWriter } from '../base/byte_writer.ts'
import { Reader, type ReadProblem } from '../base/reader.ts'
import { AbiError } from './abi_error.ts'
import {
  cls_bpf_attribute,
  link_attribute,
  rtnetlink_message,
  traffic_control_attribute,
  xdp_attribute,
} from './generated/bpf.ts'
import {
  ETH_P_ALL,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_ECHO,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  TC_H_CLSACT,
  TC_H_MIN_EGRESS,
  TC_H_MIN_INGRESS,
  TCA_BPF_FLAG_ACT_DIRECT,
} from './netlink_flags.ts'
import {
  attributeText,
  attributeU32,
  decodeNetlinkAttributes,
  type NetlinkAttribute,
  netlinkU32,
  type NetlinkMessage,
  type NetlinkRequest,
} from './netlink_message.ts'
import { cString } from './object_name.ts'

/**
 * The messages of rtnetlink(7) that attach BPF programs to network interfaces, as values. Layouts are those of
 * include/uapi/linux/rtnetlink.h and if_link.h, Linux 6.18.
 */

/** IFNAMSIZ - 1: longer names are alternative names (Linux 5.5). */
const MAX_INTERFACE_NAME = 15

/** Bytes of `struct ifinfomsg` and of `struct tcmsg`. */
const IFINFOMSG_SIZE = 16
const TCMSG_SIZE = 20

/** Asks for an interface by its name or one of its alternative names; the kernel answers ENODEV where there is none. */
export function getLinkByName(name: string): NetlinkRequest {
  const type = name.length > MAX_INTERFACE_NAME ? link_attribute.IFLA_ALT_IFNAME : link_attribute.IFLA_IFNAME
  return {
    name: 'RTM_GETLINK',
    type: rtnetlink_message.RTM_GETLINK,
    flags: 0,
    header: ifinfomsg(0),
    attributes: [{ type, value: cString(name) }],
  }
}

/** Asks for an interface by its index. */
export function getLinkByIndex(index: number): NetlinkRequest {
  return {
    name: 'RTM_GETLINK',
    type: rtnetlink_message.RTM_GETLINK,
    flags: 0,
    header: ifinfomsg(index),
    attributes: [],
  }
}

function ifinfomsg(index: number): Uint8Array {
  return new ByteWriter('little').u8(0).u8(0).u16(0).u32(index).u32(0).u32(0).bytes()
}

/** What the kernel says of an interface. */
export interface LinkMessage {
  readonly index: number
  readonly name: string
  /** The XDP program that each mode has, by id; 0 for none. */
  readonly xdp: { readonly skb: number; readonly drv: number; readonly hw: number }
}

/**
 * Decodes an RTM_NEWLINK.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE'
 */
export function decodeLink({ payload }: NetlinkMessage): LinkMessage {
  const index = headerReader(payload).seek(4).u32()
  const attributes = decodeNetlinkAttributes(payload, IFINFOMSG_SIZE)
  const xdp = decodeNetlinkAttributes(attributes.get(link_attribute.IFLA_XDP) ?? new Uint8Array())
  return {
    index,
    name: attributeText(attributes, link_attribute.IFLA_IFNAME) ?? '',
    xdp: {
      skb: attributeU32(xdp, xdp_attribute.IFLA_XDP_SKB_PROG_ID) ?? 0,
      drv: attributeU32(xdp, xdp_attribute.IFLA_XDP_DRV_PROG_ID) ?? 0,
      hw: attributeU32(xdp, xdp_attribute.IFLA_XDP_HW_PROG_ID) ?? 0,
    },
  }
}

export interface SetXdp {
  readonly index: number
  /** The program's descriptor; -1 takes away what is there. */
  readonly fd: number
  /** `xdp_flags`. */
  readonly flags: number
  /** The program that is there, with XDP_FLAGS_REPLACE; the kernel answers EEXIST where it is another (Linux 5.7). */
  readonly expectedFd?: number | undefined
}

/** Puts an XDP program on an interface, or takes it off. */
export function setXdp({ index, fd, flags, expectedFd }: SetXdp): NetlinkRequest {
  const xdp: NetlinkAttribute[] = [
    { type: xdp_attribute.IFLA_XDP_FD, value: netlinkU32(fd) },
    { type: xdp_attribute.IFLA_XDP_FLAGS, value: netlinkU32(flags) },
  ]
  if (expectedFd !== undefined) {
    xdp.push({ type: xdp_attribute.IFLA_XDP_EXPECTED_FD, value: netlinkU32(expectedFd) })
  }
  return {
    name: 'RTM_SETLINK',
    type: rtnetlink_message.RTM_SETLINK,
    flags: 0,
    header: ifinfomsg(index),
    attributes: [{ type: link_attribute.IFLA_XDP, value: xdp }],
  }
}

/** Adds the qdisc that tc filters hang on; EEXIST where there is one. */
export function addClsact(index: number): NetlinkRequest {
  return {
    name: 'RTM_NEWQDISC',
    type: rtnetlink_message.RTM_NEWQDISC,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    header: clsactHeader(index),
    attributes: [{ type: traffic_control_attribute.TCA_KIND, value: cString('clsact') }],
  }
}

/** Removes the qdisc, and every filter that hangs on it. */
export function deleteClsact(index: number): NetlinkRequest {
  return {
    name: 'RTM_DELQDISC',
    type: rtnetlink_message.RTM_DELQDISC,
    flags: 0,
    header: clsactHeader(index),
    attributes: [{ type: traffic_control_attribute.TCA_KIND, value: cString('clsact') }],
  }
}

const clsactHeader = (index: number): Uint8Array =>
  tcmsg({ index, handle: (TC_H_CLSACT & 0xffff_0000) >>> 0, parent: TC_H_CLSACT, info: 0 })

interface Tcmsg {
  readonly index: number
  readonly handle: number
  readonly parent: number
  readonly info: number
}

function tcmsg({ index, handle, parent, info }: Tcmsg): Uint8Array {
  return new ByteWriter('little').u32(0).u32(index).u32(handle).u32(parent).u32(info).bytes()
}

export type TcDirection = 'ingress' | 'egress'

/** Where a filter is. */
export interface TcFilterPlace {
  readonly index: number
  readonly direction: TcDirection
  /** 0 leaves the choice to the kernel, which takes the smallest free one. */
  readonly handle: number
  /** From 1, which runs first, to 65535; 0 leaves the choice to the kernel. */
  readonly priority: number
}

const PARENTS: Readonly<Record<TcDirection, number>> = {
  ingress: ((TC_H_CLSACT & 0xffff_0000) | TC_H_MIN_INGRESS) >>> 0,
  egress: ((TC_H_CLSACT & 0xffff_0000) | TC_H_MIN_EGRESS) >>> 0,
}

/** The protocol is in network byte order, whatever the host's is. */
const ALL_PROTOCOLS = ETH_P_ALL << 8

function filterHeader({ index, direction, handle, priority }: TcFilterPlace): Uint8Array {
  return tcmsg({
    index,
    handle,
    parent: PARENTS[direction],
    info: ((priority << 16) | ALL_PROTOCOLS) >>> 0,
  })
}

export interface TcFilterProgram {
  /** The program's descriptor. */
  readonly fd: number
  /** What `tc filter show` prints. */
  readonly name: string
  /** What is to happen where there is a filter with that handle and priority. */
  readonly existing: 'refuse' | 'replace'
}

/** Adds a filter in direct-action mode: what the program returns is what happens to the packet. The kernel echoes the filter. */
export function addFilter(place: TcFilterPlace, { fd, name, existing }: TcFilterProgram): NetlinkRequest {
  return {
    name: 'RTM_NEWTFILTER',
    type: rtnetlink_message.RTM_NEWTFILTER,
    flags: NLM_F_CREATE | NLM_F_ECHO | (existing === 'replace' ? NLM_F_REPLACE : NLM_F_EXCL),
    header: filterHeader(place),
    attributes: [
      { type: traffic_control_attribute.TCA_KIND, value: cString('bpf') },
      {
        type: traffic_control_attribute.TCA_OPTIONS,
        value: [
          { type: cls_bpf_attribute.TCA_BPF_FD, value: netlinkU32(fd) },
          { type: cls_bpf_attribute.TCA_BPF_NAME, value: cString(name) },
          { type: cls_bpf_attribute.TCA_BPF_FLAGS, value: netlinkU32(TCA_BPF_FLAG_ACT_DIRECT) },
        ],
      },
    ],
  }
}

/** Removes one filter, named by its handle and priority. */
export function deleteFilter(place: TcFilterPlace): NetlinkRequest {
  return {
    name: 'RTM_DELTFILTER',
    type: rtnetlink_message.RTM_DELTFILTER,
    flags: 0,
    header: filterHeader(place),
    attributes: [{ type: traffic_control_attribute.TCA_KIND, value: cString('bpf') }],
  }
}

/** Asks for all filters of one direction. */
export function dumpFilters(index: number, direction: TcDirection): NetlinkRequest {
  return {
    name: 'RTM_GETTFILTER',
    type: rtnetlink_message.RTM_GETTFILTER,
    flags: NLM_F_DUMP,
    header: tcmsg({ index, handle: 0, parent: PARENTS[direction], info: 0 }),
    attributes: [],
  }
}

/** A tc filter as the kernel tells it. */
export interface TcFilter {
  readonly handle: number
  readonly priority: number
  /** The classifier: `bpf`, `u32`, `flower`, ... */
  readonly kind: string
  /** The id of its program; undefined for other classifiers. */
  readonly programId: number | undefined
}

/**
 * Decodes an RTM_NEWTFILTER. A dump tells a priority too, as a filter with handle 0.
 *
 * @throws AbiError 'ABI_BAD_MESSAGE'
 */
export function decodeFilter({ payload }: NetlinkMessage): TcFilter {
  const reader = headerReader(payload).seek(8)
  const handle = reader.u32()
  reader.skip(4, 'the parent')
  const priority = reader.u32() >>> 16
  const attributes = decodeNetlinkAttributes(payload, TCMSG_SIZE)
  const kind = attributeText(attributes, traffic_control_attribute.TCA_KIND) ?? ''
  const options = attributes.get(traffic_control_attribute.TCA_OPTIONS)
  const programId =
    kind === 'bpf' && options !== undefined
      ? attributeU32(decodeNetlinkAttributes(options), cls_bpf_attribute.TCA_BPF_ID)
      : undefined
  return { handle, priority, kind, programId }
}

function headerReader(payload: Uint8Array): Reader {
  const fail = ({ offset, message }: ReadProblem): AbiError =>
    new AbiError('ABI_BAD_MESSAGE', `rtnetlink message of the kernel: at byte ${offset}: ${message}`)
  return new Reader(payload, { endianness: 'little', fail })
}
