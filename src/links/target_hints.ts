import type { ProgramTypeName } from '../object/section_definitions.ts'

/** What to do with a program whose section's name does not say what to attach it to, by its type. */
const HINTS: Readonly<Partial<Record<ProgramTypeName, string>>> = {
  BPF_PROG_TYPE_XDP: "name an interface, as in attach({ kind: 'xdp', interface: 'eth0' })",
  BPF_PROG_TYPE_SCHED_CLS:
    "name an interface, as in attach({ kind: 'tcx', interface: 'eth0', direction: 'ingress' }), or with kind 'tc' or 'netkit'",
  BPF_PROG_TYPE_SCHED_ACT:
    'actions of traffic control are made with tc(8); a classifier in direct-action mode (section tc) decides itself',
  BPF_PROG_TYPE_SOCKET_FILTER: "name a socket, as in attach({ kind: 'socket', fd })",
  BPF_PROG_TYPE_SK_REUSEPORT: "name a socket of the group, as in attach({ kind: 'reuseport', fd })",
  BPF_PROG_TYPE_SK_SKB:
    "name a map of sockets, as in attach({ kind: 'sockmap', map: object.map('sockets') })",
  BPF_PROG_TYPE_SK_MSG:
    "name a map of sockets, as in attach({ kind: 'sockmap', map: object.map('sockets') })",
  BPF_PROG_TYPE_SK_LOOKUP: "name a network namespace; attach({ kind: 'netns' }) is this thread's",
  BPF_PROG_TYPE_FLOW_DISSECTOR: "name a network namespace; attach({ kind: 'netns' }) is this thread's",
  BPF_PROG_TYPE_NETFILTER:
    "name a hook, as in attach({ kind: 'netfilter', family: 'ipv4', hook: 'input', priority: 0 })",
  BPF_PROG_TYPE_CGROUP_SKB: cgroup(),
  BPF_PROG_TYPE_CGROUP_SOCK: cgroup(),
  BPF_PROG_TYPE_CGROUP_SOCK_ADDR: cgroup(),
  BPF_PROG_TYPE_CGROUP_SOCKOPT: cgroup(),
  BPF_PROG_TYPE_CGROUP_SYSCTL: cgroup(),
  BPF_PROG_TYPE_CGROUP_DEVICE: cgroup(),
  BPF_PROG_TYPE_SOCK_OPS: cgroup(),
  BPF_PROG_TYPE_LWT_IN: route(),
  BPF_PROG_TYPE_LWT_OUT: route(),
  BPF_PROG_TYPE_LWT_XMIT: route(),
  BPF_PROG_TYPE_LWT_SEG6LOCAL: route(),
  BPF_PROG_TYPE_LIRC_MODE2:
    'pin it and attach it to a /dev/lirc device with ir-keytable(1) or bpftool-prog(8), which rawbpf does not',
  BPF_PROG_TYPE_PERF_EVENT:
    "name an event, as in attach({ kind: 'perf_event', event: { type: 'software', name: 'cpu_clock' }, rate: { frequency: 99 } })",
  BPF_PROG_TYPE_SYSCALL: 'nothing calls it: run it with testRun()',
  BPF_PROG_TYPE_STRUCT_OPS: 'its map is registered, with registerStructOps()',
}

function cgroup(): string {
  return "name a cgroup, as in attach({ kind: 'cgroup', path: '/sys/fs/cgroup/app' })"
}

function route(): string {
  return 'pin it and name the pin in a route with ip-route(8) (encap bpf), since rawbpf makes no routes'
}

/** What to do, as a clause. */
export function targetHint(programType: ProgramTypeName): string {
  return HINTS[programType] ?? 'name the target'
}
