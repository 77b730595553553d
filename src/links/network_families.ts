import type { AttachTargets } from '../object/attach_target.ts'
import { attachCgroup } from './attach_cgroup.ts'
import { attachNetfilter } from './attach_netfilter.ts'
import { attachNetworkNamespace } from './attach_netns.ts'
import { attachReuseport, attachSocket } from './attach_socket.ts'
import { attachSockmap } from './attach_sockmap.ts'
import { attachTc } from './attach_tc.ts'
import { attachNetkit, attachTcx } from './attach_tcx.ts'
import { attachXdp } from './attach_xdp.ts'
import type { Family } from './family.ts'

type NetworkKind =
  'xdp' | 'tc' | 'tcx' | 'netkit' | 'cgroup' | 'sockmap' | 'netns' | 'socket' | 'reuseport' | 'netfilter'

/** How programs are attached to interfaces, cgroups and sockets. */
export const networkFamilies: { readonly [Kind in NetworkKind]: Family<AttachTargets[Kind]> } = {
  xdp: { programTypes: ['BPF_PROG_TYPE_XDP'], attach: attachXdp },
  tc: { programTypes: ['BPF_PROG_TYPE_SCHED_CLS'], attach: attachTc },
  tcx: { programTypes: ['BPF_PROG_TYPE_SCHED_CLS'], attach: attachTcx },
  netkit: { programTypes: ['BPF_PROG_TYPE_SCHED_CLS'], attach: attachNetkit },
  cgroup: {
    programTypes: [
      'BPF_PROG_TYPE_CGROUP_SKB',
      'BPF_PROG_TYPE_CGROUP_SOCK',
      'BPF_PROG_TYPE_CGROUP_SOCK_ADDR',
      'BPF_PROG_TYPE_CGROUP_SOCKOPT',
      'BPF_PROG_TYPE_CGROUP_SYSCTL',
      'BPF_PROG_TYPE_CGROUP_DEVICE',
      'BPF_PROG_TYPE_SOCK_OPS',
      'BPF_PROG_TYPE_LSM',
    ],
    attach: attachCgroup,
  },
  sockmap: { programTypes: ['BPF_PROG_TYPE_SK_SKB', 'BPF_PROG_TYPE_SK_MSG'], attach: attachSockmap },
  netns: {
    programTypes: ['BPF_PROG_TYPE_SK_LOOKUP', 'BPF_PROG_TYPE_FLOW_DISSECTOR'],
    attach: attachNetworkNamespace,
  },
  socket: { programTypes: ['BPF_PROG_TYPE_SOCKET_FILTER'], attach: attachSocket },
  reuseport: {
    programTypes: ['BPF_PROG_TYPE_SK_REUSEPORT', 'BPF_PROG_TYPE_SOCKET_FILTER'],
    attach: attachReuseport,
  },
  netfilter: { programTypes: ['BPF_PROG_TYPE_NETFILTER'], attach: attachNetfilter },
}
