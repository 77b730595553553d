import { describe, expect, it } from 'vitest'
import {
  explainPermission,
  permissionErrorFor,
  readPermissionFacts,
  type Capability,
  type PermissionFacts,
} from '../../src/kernel/capabilities.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'

const facts = (effective: readonly Capability[], others: Partial<PermissionFacts> = {}): PermissionFacts => ({
  effective: new Set(effective),
  kernelVersion: [6, 18],
  unprivilegedBpfDisabled: 0,
  perfEventParanoid: 0,
  lockdown: 'none',
  initialUserNamespace: true,
  ...others,
})
const MAP_CREATE = { syscall: 'bpf', command: 'BPF_MAP_CREATE', errnoName: 'EPERM' }
const PROG_LOAD = { syscall: 'bpf', command: 'BPF_PROG_LOAD', errnoName: 'EPERM' }
const PERF_EVENT_OPEN = { syscall: 'perf_event_open', errnoName: 'EACCES' }

describe('explainPermission', () => {
  it.each([
    [MAP_CREATE, [], ['CAP_BPF']],
    [MAP_CREATE, ['CAP_BPF'], []],
    [MAP_CREATE, ['CAP_SYS_ADMIN'], []],
    [PROG_LOAD, [], ['CAP_BPF', 'CAP_PERFMON']],
    [PROG_LOAD, ['CAP_BPF'], ['CAP_PERFMON']],
    [PROG_LOAD, ['CAP_BPF', 'CAP_PERFMON'], []],
    [PERF_EVENT_OPEN, ['CAP_BPF'], ['CAP_PERFMON']],
    [{ ...MAP_CREATE, command: 'BPF_PROG_GET_FD_BY_ID' }, ['CAP_BPF'], ['CAP_SYS_ADMIN']],
    [{ syscall: 'fsopen', errnoName: 'EPERM' }, [], ['CAP_SYS_ADMIN']],
  ] as const)('%o with %o lacks %o', (refused, effective, missing) => {
    expect(explainPermission(refused, facts(effective)).missing).toEqual(missing)
  })

  it('asks for CAP_SYS_ADMIN where the kernel is older than the finer capabilities', () => {
    const old = facts(['CAP_BPF', 'CAP_PERFMON'], { kernelVersion: [5, 7] })
    expect(explainPermission(PROG_LOAD, old).missing).toEqual(['CAP_SYS_ADMIN'])
    expect(explainPermission(PROG_LOAD, { ...old, kernelVersion: [5, 8] }).missing).toEqual([])
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

  it('blames a lockdown and a user namespace although no capability is missing', () => {
    const { missing, reasons } = explainPermission(
      PROG_LOAD,
      facts(['CAP_SYS_ADMIN'], { lockdown: 'confidentiality', initialUserNamespace: false }),
    )
    expect(missing).toEqual([])
    expect(reasons).toHaveLength(2)
    expect(reasons[0]).toContain('user namespace')
    expect(reasons[1]).toContain('locked down')
  })

  it('claims nothing of facts that could not be read', () => {
    const nothing = readPermissionFacts(() => undefined)
    expect(explainPermission(PROG_LOAD, nothing)).toEqual({ missing: [], reasons: [] })
  })
})

describe('permissionErrorFor', () => {
  const refusal = (errno: number): SyscallError =>
    new SyscallError({ syscall: 'bpf', command: 'BPF_PROG_LOAD', errno })

  it('makes one readable line of it', () => {
    const error = permissionErrorFor(refusal(1), facts([], { unprivilegedBpfDisabled: 2 }))
    expect(error?.code).toBe('NOT_PERMITTED')
    expect(error?.missing).toEqual(['CAP_BPF', 'CAP_PERFMON'])
    expect(error?.cause).toBeInstanceOf(SyscallError)
    expect(error?.message).toBe(
      'BPF_PROG_LOAD is not permitted (EPERM): this process lacks CAP_BPF and CAP_PERFMON, ' +
        'kernel.unprivileged_bpf_disabled is 2; run it as root, or give it CAP_BPF and CAP_PERFMON',
    )
  })

  it('takes EACCES for the verifier rejecting a program unless a capability is missing', () => {
    expect(permissionErrorFor(refusal(13), facts(['CAP_SYS_ADMIN']))).toBeUndefined()
    expect(permissionErrorFor(refusal(13), facts(['CAP_BPF']))?.missing).toEqual(['CAP_PERFMON'])
  })

  it('suspects a security module where EPERM cannot be explained', () => {
    expect(permissionErrorFor(refusal(1), facts(['CAP_SYS_ADMIN']))?.message).toContain('security module')
  })

  it('leaves other errors alone', () => {
    expect(permissionErrorFor(refusal(22), facts([]))).toBeUndefined()
    expect(permissionErrorFor(new Error('x'), facts([]))).toBeUndefined()
  })
})

describe('readPermissionFacts', () => {
  it('reads what the kernel tells', () => {
    const files: Readonly<Record<string, string>> = {
      '/proc/sys/kernel/osrelease': '5.15.0-76-generic\n',
      '/proc/self/status': 'Name:\tnode\nCapEff:\t000000c000000000\nSeccomp:\t0\n',
      '/proc/sys/kernel/unprivileged_bpf_disabled': '2\n',
      '/proc/sys/kernel/perf_event_paranoid': '-1\n',
      '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
      '/proc/self/uid_map': '         0     100000      65536\n',
    }
    expect(readPermissionFacts((path) => files[path])).toEqual({
      effective: new Set(['CAP_PERFMON', 'CAP_BPF']),
      kernelVersion: [5, 15],
      unprivilegedBpfDisabled: 2,
      perfEventParanoid: -1,
      lockdown: 'integrity',
      initialUserNamespace: false,
    })
  })
})
