import {
  cls_bpf_attribute,
  link_attribute,
  rtnetlink_message,
  traffic_control_attribute,
} from '../../src/abi/generated/bpf.ts'
import { NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR } from '../../src/abi/netlink_flags.ts'
import {
  decodeNetlinkMessages,
  encodeNetlinkMessage,
  type NetlinkAttribute,
  type NetlinkMessage,
  netlinkU32,
} from '../../src/abi/netlink_message.ts'
import { cString } from '../../src/abi/object_name.ts'
import { ByteWriter } from '../../src/base/byte_writer.ts'
import type { FakeKernel } from '../kernel/fake_kernel.ts'

/** The id that every program has. */
export const PROGRAM_ID = 34

const NAMES = new Map<number, string>(
  Object.entries(rtnetlink_message).map(([name, number]) => [number, name]),
)

/** The kernel's end of a fake kernel's netlink sockets: one interface, `eth0` with index 7, and the filters that it is given. */
export class NetlinkPeer {
  /** The names of the requests, in order. */
  readonly asked: string[] = []
  /** The last request of each name. */
  readonly last = new Map<string, NetlinkMessage>()
  /** Errnos that requests are refused with, by name. */
  readonly refusals = new Map<string, number>()
  /** How many filters hang on the interface. */
  filters = 0
  /** Whether the interface has a clsact qdisc. */
  qdisc = false

  constructor(kernel: FakeKernel) {
    kernel.onSend = (bytes) => decodeNetlinkMessages(bytes).flatMap((request) => this.#answer(request))
  }

  #answer(request: NetlinkMessage): readonly Uint8Array[] {
    const name = NAMES.get(request.type) ?? String(request.type)
    this.asked.push(name)
    this.last.set(name, request)
    const refusal = this.refusals.get(name) ?? this.#refusalOf(name)
    if (refusal !== 0) return [verdict(request.sequence, refusal)]
    if (name === 'RTM_GETTFILTER') {
      return [
        ...Array.from({ length: this.filters }, () => filter(request.sequence)),
        message(NLMSG_DONE, NLM_F_MULTI, request.sequence, netlinkU32(0)),
      ]
    }
    const answers = { RTM_GETLINK: link, RTM_NEWTFILTER: filter }[name]
    return [...(answers === undefined ? [] : [answers(request.sequence)]), verdict(request.sequence, 0)]
  }

  /** Does what is asked for. */
  #refusalOf(name: string): number {
    if (name === 'RTM_NEWQDISC') {
      if (this.qdisc) return 17
      this.qdisc = true
    }
    if (name === 'RTM_DELQDISC') this.qdisc = false
    if (name === 'RTM_NEWTFILTER') this.filters++
    if (name === 'RTM_DELTFILTER') this.filters--
    return 0
  }
}

function message(
  type: number,
  flags: number,
  sequence: number,
  header: Uint8Array,
  attributes: readonly NetlinkAttribute[] = [],
): Uint8Array {
  return encodeNetlinkMessage({ name: '', type, flags, header, attributes }, flags, sequence)
}

const verdict = (sequence: number, errno: number): Uint8Array =>
  message(NLMSG_ERROR, 0, sequence, Uint8Array.from([...netlinkU32(-errno), ...new Uint8Array(16)]))

function link(sequence: number): Uint8Array {
  const header = new ByteWriter('little').u32(0).u32(7).u32(0).u32(0).bytes()
  return message(rtnetlink_message.RTM_NEWLINK, 0, sequence, header, [
    { type: link_attribute.IFLA_IFNAME, value: cString('eth0') },
  ])
}

/** Handle 1, priority 49152. */
function filter(sequence: number): Uint8Array {
  const header = new ByteWriter('little').u32(0).u32(7).u32(1).u32(0).u32(0xc000_0300).bytes()
  return message(rtnetlink_message.RTM_NEWTFILTER, NLM_F_MULTI, sequence, header, [
    { type: traffic_control_attribute.TCA_KIND, value: cString('bpf') },
    {
      type: traffic_control_attribute.TCA_OPTIONS,
      value: [{ type: cls_bpf_attribute.TCA_BPF_ID, value: netlinkU32(PROGRAM_ID) }],
    },
  ])
}
