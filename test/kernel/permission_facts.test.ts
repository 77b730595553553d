import { describe, expect, it } from 'vitest'
import { readPermissionFacts } from '../../src/kernel/permission_facts.ts'

const files: Readonly<Record<string, string>> = {
  '/proc/sys/kernel/osrelease': '5.15.0-76-generic\n',
  '/proc/self/status': 'Name:\tnode\nCapEff:\t000000c000001000\nSeccomp:\t2\nSeccomp_filters:\t1\n',
  '/proc/sys/kernel/unprivileged_bpf_disabled': '2\n',
  '/proc/sys/kernel/perf_event_paranoid': '-1\n',
  '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
  '/proc/self/limits': 'Limit  Soft Limit  Hard Limit  Units\nMax locked memory   65536   131072   bytes\n',
  '/sys/kernel/security/lsm': 'capability,yama,apparmor,bpf\n',
}

describe('readPermissionFacts', () => {
  it('reads what the kernel tells', () => {
    const facts = readPermissionFacts(
      (path) => files[path],
      () => false,
    )
    expect(facts).toEqual({
      effective: new Set(['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF']),
      kernelVersion: [5, 15],
      unprivilegedBpfDisabled: 2,
      perfEventParanoid: -1,
      lockdown: 'integrity',
      initialUserNamespace: false,
      memlockLimit: 65536,
      seccompFilter: true,
      securityModules: ['capability', 'yama', 'apparmor', 'bpf'],
    })
  })

  it('takes no limit for an infinite one', () => {
    const read = (path: string): string | undefined =>
      path === '/proc/self/limits' ? 'Max locked memory  unlimited  unlimited  bytes\n' : undefined
    expect(readPermissionFacts(read).memlockLimit).toBe(Infinity)
  })

  it('makes nothing of what cannot be read, or reads otherwise', () => {
    for (const text of [undefined, '', 'nonsense\n']) {
      const facts = readPermissionFacts(
        (path) => (path === '/sys/kernel/security/lsm' ? undefined : text),
        () => undefined,
      )
      expect(new Set(Object.values({ ...facts, kernelVersion: undefined }))).toEqual(new Set([undefined]))
    }
  })

  it('finds something to say about this process', () => {
    const { kernelVersion, effective, memlockLimit } = readPermissionFacts()
    if (process.platform === 'linux')
      expect([kernelVersion, effective, memlockLimit]).not.toContain(undefined)
  })
})
