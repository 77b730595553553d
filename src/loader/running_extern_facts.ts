import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import { readKallsyms } from '../kernel/kallsyms.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { decodeKernelConfig, readKernelConfig } from '../kernel/kernel_config.ts'
import { readKernelVersionCode } from '../kernel/kernel_version_code.ts'
import { hasBpfCookie } from '../kernel/probes/bpf_cookie.ts'
import { hasSyscallWrapper } from '../kernel/probes/syscall_wrapper.ts'
import type { ExternFacts, KernelConfigText } from '../relocate/extern_facts.ts'
import type { KernelObjectStep } from './steps.ts'
import { runningModuleBtfs } from './target_btf.ts'

/**
 * What externs need to know of the running kernel, each read when it is asked for.
 *
 * @param kernel Gives the kernel; called only where it has to be asked.
 * @param given A configuration of the caller's, text or bytes, compressed by gzip or not; it goes before the kernel's.
 */
export function runningExternFacts(
  kernel: () => Kernel,
  kernelBtf: () => Btf,
  given: string | Uint8Array | undefined,
  observer: Observer<KernelObjectStep>,
): ExternFacts {
  return {
    kernelBtf,
    kernelModules: () => runningModuleBtfs(kernel(), kernelBtf(), observer),
    kernelConfig: [
      ...(given === undefined ? [] : [() => givenConfig(given)]),
      () => readKernelConfig(kernel()),
    ],
    kallsyms: () => readKallsyms(kernel()),
    kernelVersion: () => readKernelVersionCode(kernel()),
    hasBpfCookie: () => hasBpfCookie(kernel()).kind === 'there',
    hasSyscallWrapper: () => hasSyscallWrapper(kernel()).kind === 'there',
  }
}

/** A configuration that a caller has, as text or as bytes, compressed by gzip or not. */
export function givenConfig(given: string | Uint8Array): KernelConfigText {
  const name = 'the configuration that was given'
  return { name, text: typeof given === 'string' ? given : decodeKernelConfig(given, name) }
}
