import { describe, expect, it } from 'vitest'
import { explainPermission, type RefusedCall, suspectPermission } from '../../src/kernel/permission_causes.ts'
import { readPermissionFacts } from '../../src/kernel/permission_facts.ts'
import { permissionFacts as facts } from './permission_facts.ts'

const MAP_CREATE: RefusedCall = { syscall: 'bpf', command: 'BPF_MAP_CREATE', errnoName: 'EPERM' }
const PROG_LOAD: RefusedCall = { syscall: 'bpf', command: 'BPF_PROG_LOAD', errnoName: 'EPERM' }
const PERF_EVENT_OPEN: RefusedCall = { syscall: 'perf_event_open', errnoName: 'EACCES' }
const NETLINK: RefusedCall = { syscall: 'netlink', command: 'RTM_NEWQDISC', errnoName: 'EPERM' }
const SOCKET: RefusedCall = { syscall: 'socket', errnoName: 'EPERM' }
const XDP: RefusedCall = { ...PROG_LOAD, needs: ['CAP_BPF', 'CAP_NET_ADMIN'] }

describe('explainPermission', () => {
  it.each([
    [MAP_CREATE, [], ['CAP_BPF']],
    [MAP_CREATE, ['CAP_BPF'], []],
    [MAP_CREATE, ['CAP_SYS_ADMIN'], []],
    [PROG_LOAD, [], ['CAP_BPF', 'CAP_PERFMON']],
    [PROG_LOAD, ['CAP_BPF'], ['CAP_PERFMON']],
    [PROG_LOAD, ['CAP_BPF', 'CAP_PERFMON'], []],
    [XDP, ['CAP_BPF', 'CAP_PERFMON'], ['CAP_NET_ADMIN']],
    [XDP, ['CAP_SYS_ADMIN'], []],
    [{ ...MAP_CREATE, needs: ['CAP_BPF', 'CAP_PERFMON'] }, [], ['CAP_BPF', 'CAP_PERFMON']],
    [{ ...MAP_CREATE, needs: ['CAP_BPF', 'CAP_PERFMON'] }, ['CAP_BPF'], []],
    [{ ...MAP_CREATE, needs: ['CAP_BPF', 'CAP_NET_ADMIN'] }, ['CAP_BPF'], ['CAP_NET_ADMIN']],
    [PERF_EVENT_OPEN, ['CAP_BPF'], ['CAP_PERFMON']],
    [{ ...MAP_CREATE, command: 'BPF_PROG_GET_FD_BY_ID' }, ['CAP_BPF'], ['CAP_SYS_ADMIN']],
    [{ syscall: 'fsopen', errnoName: 'EPERM' }, [], ['CAP_SYS_ADMIN']],
    [NETLINK, ['CAP_SYS_ADMIN'], ['CAP_NET_ADMIN']],
    [NETLINK, ['CAP_NET_ADMIN'], []],
    [SOCKET, ['CAP_SYS_ADMIN'], ['CAP_NET_RAW']],
    [SOCKET, ['CAP_NET_RAW'], []],
  ] as const)('%o with %o lacks %o', (refused, effective, missing) => {
    const explanation = explainPermission(refused, facts(effective))
    expect(explanation.missing).toEqual(missing)
    if (missing.length > 0)
      expect(explanation.remedy).toBe(`run it as root, or give it ${missing.join(' and ')}`)
  })

  it('asks for CAP_SYS_ADMIN where the kernel is older than the finer capabilities', () => {
    const old = facts(['CAP_BPF', 'CAP_PERFMON'], { kernelVersion: [5, 7] })
    expect(explainPermission(XDP, old).missing).toEqual(['CAP_SYS_ADMIN'])
    expect(explainPermission(PROG_LOAD, { ...old, kernelVersion: [5, 8] }).missing).toEqual([])
    // Those of the network are as old as capabilities.
    expect(explainPermission(SOCKET, old).missing).toEqual(['CAP_NET_RAW'])
  })

  it('names the settings that matter to what is missing', () => {
    const settings = { unprivilegedBpfDisabled: 2, perfEventParanoid: 3 }
    expect(explainPermission(PROG_LOAD, facts([], settings)).reasons).toEqual([
      'this process lacks CAP_BPF and CAP_PERFMON',
      'kernel.unprivileged_bpf_disabled is 2',
      'kernel.perf_event_paranoid is 3',
    ])
    expect(explainPermission(PROG_LOAD, facts(['CAP_SYS_ADMIN'], settings)).reasons).toEqual([])
  })

  it('lists three capabilities as people do', () => {
    const needs = ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'] as const
    expect(explainPermission({ ...PROG_LOAD, needs }, facts([])).reasons[0]).toBe(
      'this process lacks CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN',
    )
  })

  it.each([
    { call: PROG_LOAD, effective: ['CAP_SYS_ADMIN'], remedy: 'bpffsTokenPath' },
    { call: PROG_LOAD, effective: [], remedy: 'bpffsTokenPath' },
    { call: PERF_EVENT_OPEN, effective: ['CAP_SYS_ADMIN'], remedy: 'outside of the container' },
  ] as const)('blames a user namespace whatever capabilities it has: $call, $effective', (given) => {
    const { reasons, remedy } = explainPermission(
      given.call,
      facts(given.effective, { initialUserNamespace: false }),
    )
    expect(reasons.join()).toContain('it runs in a user namespace of its own (a container)')
    expect(remedy).toContain(given.remedy)
  })

  it('blames a lockdown although no capability is missing, but for maps', () => {
    const locked = facts(['CAP_SYS_ADMIN'], { lockdown: 'confidentiality' })
    expect(explainPermission(PROG_LOAD, locked)).toMatchObject({ missing: [], remedy: /lockdown/ })
    expect(explainPermission(PROG_LOAD, locked).reasons.join()).toContain('locked down')
    expect(explainPermission(MAP_CREATE, locked).reasons).toEqual([])
    expect(explainPermission(PROG_LOAD, facts(['CAP_SYS_ADMIN'], { lockdown: 'integrity' })).reasons).toEqual(
      [],
    )
  })

  it('claims nothing of facts that could not be read', () => {
    const nothing = readPermissionFacts(
      () => undefined,
      () => undefined,
    )
    expect(explainPermission(PROG_LOAD, { ...nothing, kernelVersion: undefined })).toEqual({
      missing: [],
      reasons: [],
      remedy: undefined,
    })
  })
})

describe('suspectPermission', () => {
  const suspicion = (call: RefusedCall, others: Parameters<typeof facts>[1]): string => {
    const { reasons, remedy } = suspectPermission(call, facts(['CAP_SYS_ADMIN'], others))
    return `${reasons.join()}; ${remedy ?? ''}`
  }
  const SMALL = { memlockLimit: 65536 }

  it('suspects a security module where there is nothing else', () => {
    expect(suspicion(PROG_LOAD, {})).toBe(
      "a security module may forbid it; look for a denial in the kernel's log and the audit log",
    )
  })

  it('names those security modules that may refuse', () => {
    const securityModules = ['capability', 'lockdown', 'yama', 'selinux', 'bpf']
    expect(suspicion(PROG_LOAD, { securityModules })).toContain(
      'a security module (selinux, bpf) may forbid it',
    )
  })

  it.each([
    { call: MAP_CREATE, version: [5, 10], limit: 65536, suspected: true },
    { call: PROG_LOAD, version: [5, 8], limit: 65536, suspected: true },
    { call: MAP_CREATE, version: [5, 11], limit: 65536, suspected: false },
    { call: MAP_CREATE, version: [6, 18], limit: 65536, suspected: false },
    { call: MAP_CREATE, version: [5, 10], limit: Infinity, suspected: false },
    { call: MAP_CREATE, version: [5, 10], limit: undefined, suspected: false },
    { call: PERF_EVENT_OPEN, version: [5, 10], limit: 65536, suspected: false },
  ] as const)('suspects RLIMIT_MEMLOCK $limit of Linux $version: $suspected', (given) => {
    const text = suspicion(given.call, { kernelVersion: given.version, memlockLimit: given.limit })
    expect(text.includes('RLIMIT_MEMLOCK, which is 64 KiB here')).toBe(given.suspected)
    expect(text.includes('ulimit -l unlimited')).toBe(given.suspected)
  })

  it('suspects a seccomp filter, and says which call it is to allow', () => {
    expect(suspicion(PERF_EVENT_OPEN, { ...SMALL, seccompFilter: true })).toBe(
      'a seccomp filter, such as container runtimes set up, may forbid it to this process, or a security module may forbid ' +
        "it; allow perf_event_open(2) in its profile, or look for a denial in the kernel's log and the audit log",
    )
  })
})
