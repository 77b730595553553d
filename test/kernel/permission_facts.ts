import type { Capability, PermissionFacts } from '../../src/kernel/permission_facts.ts'

/** A recent kernel that is not locked down, outside of containers. */
export function permissionFacts(
  effective: readonly Capability[],
  others: Partial<PermissionFacts> = {},
): PermissionFacts {
  return {
    effective: new Set(effective),
    kernelVersion: [6, 18],
    unprivilegedBpfDisabled: 0,
    perfEventParanoid: 0,
    lockdown: 'none',
    initialUserNamespace: true,
    memlockLimit: 8_388_608,
    seccompFilter: false,
    securityModules: undefined,
    ...others,
  }
}
