import type { Observer } from '../base/observer.ts'
import { loadBtf } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { BPF_LOG_LEVEL1 } from '../kernel/kernel_log.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { explainRefusal, explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { withLog } from './log_buffer.ts'
import type { KernelObjectStep } from './steps.ts'

/**
 * Loads the object's own types into the kernel, so that maps and programs can refer to them: the verifier then shows C
 * source lines, and bpftool prints maps by their structs.
 *
 * @returns undefined for an object without BTF.
 * @throws LoadError 'LOAD_BTF_REFUSED'; PermissionError
 */
export function loadObjectBtf(
  kernel: Kernel,
  object: RelocatedObject,
  observer: Observer<KernelObjectStep>,
): FileDescriptor | undefined {
  if (object.btf === undefined) return undefined
  const { bytes } = object.btf
  const descriptor = loadOrExplain(kernel, object, bytes)
  observer?.({ kind: 'btf-loaded', object: object.fileName, bytes: bytes.length, fd: descriptor.fd })
  return descriptor
}

function loadOrExplain(kernel: Kernel, object: RelocatedObject, bytes: Uint8Array): FileDescriptor {
  try {
    return loadBtf(kernel, { btf: bytes, btf_size: bytes.length })
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error
    explainRefusal(error, `load the BTF of ${object.fileName}`, object)
  }
  const values = { btf: bytes, btf_size: bytes.length }
  const { log, outcome } = withLog(BPF_LOG_LEVEL1, (request) => loadBtf(kernel, values, request))
  if (outcome.kind === 'done') return outcome.value
  throw refused(object, lastLine(log), outcome.error)
}

function refused(object: RelocatedObject, verdict: string, error: SyscallError): LoadError {
  if (verdict === '') explainSilentRefusal(error, `load the BTF of ${object.fileName}`, object)
  const why = verdict === '' ? error.message : `${verdict} (${error.errnoName})`
  return new LoadError(
    'LOAD_BTF_REFUSED',
    `${object.fileName}: the kernel refused the object's BTF: ${why}`,
    {
      object: object.fileName,
      section: '.BTF',
      cause: error,
    },
  )
}

/** The kernel's log of a BTF lists the types up to the one that it does not like; the last line says why. */
function lastLine(log: string): string {
  return log.trim().split('\n').at(-1) ?? ''
}
