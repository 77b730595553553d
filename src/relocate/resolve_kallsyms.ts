import type { ExternSpec, KsymExtern } from '../object/extern_spec.ts'
import type { ExternFacts } from './extern_facts.ts'
import { type ExternOutcome, type ExternOutcomes, failed, notFound } from './extern_resolution.ts'
import { findKernelSymbols, type KernelSymbols } from './kallsyms.ts'

/** Finds the addresses of externs that are declared without a type, `extern const void schedule __ksym`. */
export function resolveKallsyms(externs: readonly KsymExtern[], { kallsyms }: ExternFacts): ExternOutcomes {
  if (kallsyms === undefined) return new Map(externs.map((extern) => [extern, notGiven(extern)]))
  const symbols = findKernelSymbols(kallsyms(), new Set(externs.map(({ name }) => name)))
  return new Map(externs.map((extern): [ExternSpec, ExternOutcome] => [extern, resolveOne(extern, symbols)]))
}

function notGiven({ name }: KsymExtern): ExternOutcome {
  return failed(
    'RELOCATION_NO_KERNEL_FACTS',
    `extern ${name} is an address in the kernel, and its symbols were not given; give the text of /proc/kallsyms (kallsyms)`,
  )
}

function resolveOne(extern: KsymExtern, { addresses, count, hidden }: KernelSymbols): ExternOutcome {
  const { name } = extern
  const [address, other] = addresses.get(name) ?? []
  if (address === undefined) {
    return notFound(
      extern,
      `is none of the ${count} symbols in /proc/kallsyms; declare it __weak to have a null address where it is missing`,
    )
  }
  if (hidden) {
    return notFound(
      extern,
      'has an address that the kernel hides: all of those in /proc/kallsyms are 0; load it with CAP_SYSLOG, or set ' +
        'kernel.kptr_restrict and kernel.perf_event_paranoid to 0',
    )
  }
  if (other === undefined) return { kind: 'address', address }
  return failed(
    'RELOCATION_BAD_EXTERN',
    `extern ${name} is ambiguous: /proc/kallsyms has symbols of that name at ${hex(address)} and ${hex(other)}`,
  )
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`
}
