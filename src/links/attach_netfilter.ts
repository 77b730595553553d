import { BPF_F_NETFILTER_IP_DEFRAG, netfilter_family } from '../abi/attach_flags.ts'
import { bpf_attach_type, nf_inet_hooks } from '../abi/generated/bpf.ts'
import { LINK_CREATE_NETFILTER } from '../abi/network_attr.ts'
import { createLink } from '../kernel/bpf_calls.ts'
import type { NetfilterTarget } from '../object/network_targets.ts'
import { type AttachContext, attaching } from './attaching.ts'
import type { Link } from './link.ts'
import { explaining, type Refusals } from './refusals.ts'

const FAMILIES = { ipv4: netfilter_family.NFPROTO_IPV4, ipv6: netfilter_family.NFPROTO_IPV6 } as const

const HOOKS = {
  prerouting: nf_inet_hooks.NF_INET_PRE_ROUTING,
  input: nf_inet_hooks.NF_INET_LOCAL_IN,
  forward: nf_inet_hooks.NF_INET_FORWARD,
  output: nf_inet_hooks.NF_INET_LOCAL_OUT,
  postrouting: nf_inet_hooks.NF_INET_POST_ROUTING,
} as const

/** Answers of `bpf_nf_link_attach` in net/netfilter/nf_bpf_link.c, Linux 6.18. */
const REFUSALS: Refusals = {
  EBUSY: { code: 'ATTACH_OCCUPIED', why: 'the hook has a program of that priority; choose another priority' },
  ERANGE: {
    code: 'ATTACH_FAILED',
    why: 'the two priorities at the ends of 32 bits are taken by the kernel; with fragments put together they begin at -399',
  },
  EAFNOSUPPORT: { code: 'ATTACH_FAILED', why: 'this kernel has no netfilter for that family' },
  EOPNOTSUPP: {
    code: 'ATTACH_FAILED',
    why: 'this kernel cannot put fragments together for that family: its nf_defrag module is missing',
  },
}

/**
 * Attaches a program to a hook of netfilter in this thread's network namespace, by a bpf_link (Linux 6.4).
 *
 * @throws AttachError 'ATTACH_OCCUPIED', 'ATTACH_FAILED'
 */
export function attachNetfilter(context: AttachContext, target: NetfilterTarget): Link {
  const { family, hook, priority, fragments } = target
  const place = `netfilter ${family} ${hook}, priority ${priority}`
  return attaching(context, place, (keep) => {
    const link = explaining(context, place, REFUSALS, () =>
      createLink(context.kernel, LINK_CREATE_NETFILTER, {
        prog_fd: context.program.fd,
        attach_type: bpf_attach_type.BPF_NETFILTER,
        'netfilter.pf': FAMILIES[family],
        'netfilter.hooknum': HOOKS[hook],
        'netfilter.priority': priority,
        'netfilter.flags': fragments === 'put together' ? BPF_F_NETFILTER_IP_DEFRAG : 0,
      }),
    )
    return { how: 'bpf-link', link: keep(link) }
  })
}
