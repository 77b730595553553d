import { bpf_map_type } from '../abi/generated/bpf.ts'
import type { Capability } from '../kernel/permission_facts.ts'
import type { ProgramTypeName } from '../object/section_definitions.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'

/**
 * Which capabilities BPF_PROG_LOAD and BPF_MAP_CREATE ask for beside CAP_BPF, by type (`is_perfmon_prog_type` and
 * `is_net_admin_prog_type` in kernel/bpf/syscall.c; measured with Linux 5.10 to 7.2 by loading one of each type with each set).
 */

const PERFMON: readonly Capability[] = ['CAP_PERFMON']
const NET_ADMIN: readonly Capability[] = ['CAP_NET_ADMIN']

const byProgramType: Partial<Record<ProgramTypeName, readonly Capability[]>> = {
  BPF_PROG_TYPE_KPROBE: PERFMON,
  BPF_PROG_TYPE_TRACEPOINT: PERFMON,
  BPF_PROG_TYPE_PERF_EVENT: PERFMON,
  BPF_PROG_TYPE_RAW_TRACEPOINT: PERFMON,
  BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE: PERFMON,
  BPF_PROG_TYPE_TRACING: PERFMON,
  BPF_PROG_TYPE_STRUCT_OPS: PERFMON,
  BPF_PROG_TYPE_LSM: PERFMON,
  BPF_PROG_TYPE_EXT: ['CAP_PERFMON', 'CAP_NET_ADMIN'],
  BPF_PROG_TYPE_SCHED_CLS: NET_ADMIN,
  BPF_PROG_TYPE_SCHED_ACT: NET_ADMIN,
  BPF_PROG_TYPE_XDP: NET_ADMIN,
  BPF_PROG_TYPE_LWT_IN: NET_ADMIN,
  BPF_PROG_TYPE_LWT_OUT: NET_ADMIN,
  BPF_PROG_TYPE_LWT_XMIT: NET_ADMIN,
  BPF_PROG_TYPE_LWT_SEG6LOCAL: NET_ADMIN,
  BPF_PROG_TYPE_SOCK_OPS: NET_ADMIN,
  BPF_PROG_TYPE_SK_SKB: NET_ADMIN,
  BPF_PROG_TYPE_SK_MSG: NET_ADMIN,
  BPF_PROG_TYPE_FLOW_DISSECTOR: NET_ADMIN,
  BPF_PROG_TYPE_CGROUP_DEVICE: NET_ADMIN,
  BPF_PROG_TYPE_CGROUP_SOCK: NET_ADMIN,
  BPF_PROG_TYPE_CGROUP_SOCK_ADDR: NET_ADMIN,
  BPF_PROG_TYPE_CGROUP_SOCKOPT: NET_ADMIN,
  BPF_PROG_TYPE_CGROUP_SYSCTL: NET_ADMIN,
  BPF_PROG_TYPE_NETFILTER: NET_ADMIN,
  BPF_PROG_TYPE_LIRC_MODE2: NET_ADMIN,
}

const netAdminMaps: ReadonlySet<number> = new Set([
  bpf_map_type.BPF_MAP_TYPE_DEVMAP,
  bpf_map_type.BPF_MAP_TYPE_DEVMAP_HASH,
  bpf_map_type.BPF_MAP_TYPE_SOCKMAP,
  bpf_map_type.BPF_MAP_TYPE_SOCKHASH,
  bpf_map_type.BPF_MAP_TYPE_XSKMAP,
])

const order: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN']

/** What BPF_PROG_LOAD asks for, beside CAP_BPF, for programs of `type`. */
export function capabilitiesFor(type: ProgramTypeName): readonly Capability[] {
  return byProgramType[type] ?? []
}

/** What a process needs that loads all of an object. */
export function requiredCapabilities({
  programs,
  maps,
}: Pick<RelocatedObject, 'programs' | 'maps'>): readonly Capability[] {
  const required = new Set<Capability>(['CAP_BPF'])
  for (const { section } of programs) {
    for (const capability of capabilitiesFor(section.definition.programType)) required.add(capability)
  }
  if (maps.some(({ type, autocreate }) => autocreate && netAdminMaps.has(type))) required.add('CAP_NET_ADMIN')
  return order.filter((capability) => required.has(capability))
}
