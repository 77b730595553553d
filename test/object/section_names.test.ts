import { describe, expect, it } from 'vitest'
import { type ProgramSection, readSectionName } from '../../src/object/section_names.ts'

function known(sectionName: string): ProgramSection {
  const result = readSectionName(sectionName)
  return result.kind === 'known' ? result.section : expect.fail(result.reason)
}

function unknown(sectionName: string): string {
  const result = readSectionName(sectionName)
  return result.kind === 'unknown' ? result.reason : expect.fail('it is known')
}

describe('readSectionName', () => {
  it.each([
    ['tp/sched/sched_process_exec', 'sched', 'sched_process_exec'],
    ['tracepoint/syscalls/sys_enter_openat', 'syscalls', 'sys_enter_openat'],
  ])('reads %s as a tracepoint', (sectionName, category, name) => {
    expect(known(sectionName)).toMatchObject({
      name: sectionName,
      autoload: true,
      definition: { programType: 'BPF_PROG_TYPE_TRACEPOINT' },
      attachTarget: { kind: 'tracepoint', category, name },
    })
  })

  it.each([
    ['socket', 'SOCKET_FILTER', undefined, []],
    ['xdp', 'XDP', 'BPF_XDP', ['attach-type-optional']],
    ['xdp.frags/cpumap', 'XDP', 'BPF_XDP_CPUMAP', ['xdp-frags']],
    ['syscall', 'SYSCALL', undefined, ['sleepable']],
    ['cgroup/connect6', 'CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET6_CONNECT', []],
    ['cgroup/sock_release', 'CGROUP_SOCK', 'BPF_CGROUP_INET_SOCK_RELEASE', []],
    ['tc/egress', 'SCHED_CLS', 'BPF_TCX_EGRESS', []],
    ['sk_reuseport/migrate', 'SK_REUSEPORT', 'BPF_SK_REUSEPORT_SELECT_OR_MIGRATE', []],
    ['netkit/peer', 'SCHED_CLS', 'BPF_NETKIT_PEER', []],
    ['kprobe', 'KPROBE', undefined, []],
    ['fentry', 'TRACING', 'BPF_TRACE_FENTRY', ['attach-btf']],
    ['tp', 'TRACEPOINT', undefined, []],
    ['tp/', 'TRACEPOINT', undefined, []],
  ])('reads %s as %s for %s, with nothing behind a slash', (sectionName, type, attachType, traits) => {
    expect(known(sectionName)).toMatchObject({
      definition: { programType: `BPF_PROG_TYPE_${type}`, attachType, traits },
      suffix: undefined,
    })
  })

  it.each([
    ['kprobe/do_exit', 'KPROBE', 'do_exit'],
    ['fentry.s/do_exit', 'TRACING', 'do_exit'],
    ['lsm/file_open', 'LSM', 'file_open'],
    ['iter/bpf_map', 'TRACING', 'bpf_map'],
    ['raw_tp.w/x', 'RAW_TRACEPOINT_WRITABLE', 'x'],
    ['uprobe.multi.s//usr/lib/libc.so.6:malloc*', 'KPROBE', '/usr/lib/libc.so.6:malloc*'],
    ['usdt/a:b:c', 'KPROBE', 'a:b:c'],
  ])('reads %s as %s, with %s behind the slash', (sectionName, type, suffix) => {
    const definition = { programType: `BPF_PROG_TYPE_${type}` }
    expect(known(sectionName)).toMatchObject({ definition, suffix })
  })

  it.each(['tp/sched', 'tp/sched/', 'tp//exec', 'tracepoint/a/b/c'])(
    'loads %s, and says that the form is wrong where it is attached',
    (sectionName) => {
      const why = expect.stringContaining('/CATEGORY/NAME') as string
      expect(known(sectionName).attachTarget).toMatchObject({ kind: 'unsupported', why })
    },
  )

  it('prefers the longer of two prefixes, and the exact one', () => {
    expect(known('cgroup/sock_create').definition.prefix).toBe('cgroup/sock_create')
    expect(known('cgroup/sock').definition.prefix).toBe('cgroup/sock')
    expect(known('xdp.frags').definition.prefix).toBe('xdp.frags')
    expect(known('sk_skb/stream_parser').definition.prefix).toBe('sk_skb/stream_parser')
  })

  it.each([
    ['xdp_pass', 'xdp'],
    ['xdp/', 'xdp'],
    ['xdp.frags_pass', 'xdp.frags'],
    ['socket/filter', 'socket'],
    ['classifier_main', 'classifier'],
    ['cgroup/sock_create2', 'cgroup/sock_create'],
    ['sockops', 'sockops'],
  ])('takes %s for %s, as cilium/ebpf does', (sectionName, prefix) => {
    expect(known(sectionName).definition.prefix).toBe(prefix)
  })

  it('turns autoload off for a leading ?, which is no part of the name', () => {
    expect(known('?tp/sched/sched_switch')).toMatchObject({
      name: 'tp/sched/sched_switch',
      autoload: false,
      attachTarget: { kind: 'tracepoint' },
    })
  })

  it.each(['', '?', 'no/such', 'constructor', '__proto__', 'x'.repeat(100_000)])(
    'does not know %j, and tells how the known ones start',
    (sectionName) => {
      expect(unknown(sectionName)).toContain('is not known; names start with socket, sk_reuseport, kprobe,')
      expect(unknown(sectionName)).toContain(', cgroup_skb, cgroup, ')
    },
  )

  it.each([
    ['tpx/a/b', "'tp/a/b'"],
    ['TP/a/b', "'tp/a/b'"],
    ['??tp/a/b', "'tp/a/b'"],
    [' tp/a/b', "'tp/a/b'"],
    ['kprobes/do_exit', "'kprobe/do_exit'"],
    ['uretprob.multi/libc.so', "'uretprobe.multi/libc.so'"],
    ['xpd', "'xdp'"],
    ['fentryx', "'fentry'"],
    ['cgroup/conect6', "'cgroup/connect6'"],
    ['netkit/per', "'netkit/peer'"],
  ])('does not know %j, and asks whether %s was meant', (sectionName, meant) => {
    expect(unknown(sectionName)).toMatch(/^section name '.*' is not known; did you mean /)
    expect(unknown(sectionName)).toContain(meant)
  })
})
