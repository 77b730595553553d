import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import { type BtfFeature, sanitizeBtf, usedFeatures } from '../btf/sanitize.ts'
import { loadBtf } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { BPF_LOG_LEVEL1 } from '../kernel/kernel_log.ts'
import { lackingBtfFeatures } from '../kernel/probes/btf_features.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { withLog } from './log_buffer.ts'
import type { KernelObjectStep } from './steps.ts'

/** The object's own types in the kernel. */
export interface LoadedBtf {
  readonly descriptor: FileDescriptor
  /** Whether func_info and line_info can refer to them: not where the kernel knows no functions in BTF. */
  readonly describesFunctions: boolean
}

/**
 * Loads the object's own types into the kernel, so that maps and programs can refer to them: the verifier then shows C
 * source lines, and bpftool prints maps by their structs. The types are loaded as they are; only where the kernel refuses
 * them is it asked what it lacks, and given types without that.
 *
 * Most objects are as good without types, and what needs them (timers in a map, say) is refused later and by name. So a
 * refusal is a step, a warning, and no error, as in libbpf (`bpf_object__sanitize_and_load_btf` in src/libbpf.c); struct_ops
 * alone cannot do without.
 *
 * @returns undefined for an object without BTF, and where the kernel does not take it.
 * @throws LoadError 'LOAD_BTF_REFUSED'; PermissionError: both for an object with struct_ops only.
 */
export function loadObjectBtf(
  kernel: Kernel,
  object: RelocatedObject,
  observer: Observer<KernelObjectStep>,
): LoadedBtf | undefined {
  if (object.btf === undefined) return undefined
  const attempt = loadOrSanitize(kernel, object.btf)
  if (attempt.kind === 'refused') {
    if (needsBtf(object)) throw refused(object, attempt)
    observer?.({ kind: 'btf-refused', object: object.fileName, reason: attempt.reason })
    return undefined
  }
  const { descriptor, bytes, lacking } = attempt
  if (lacking.size > 0) observer?.({ kind: 'btf-sanitized', object: object.fileName, lacking: [...lacking] })
  observer?.({ kind: 'btf-loaded', object: object.fileName, bytes: bytes.length, fd: descriptor.fd })
  return { descriptor, describesFunctions: !lacking.has('functions') }
}

/** How BPF_BTF_LOAD went. */
type Attempt =
  | {
      readonly kind: 'loaded'
      readonly descriptor: FileDescriptor
      readonly bytes: Uint8Array
      /** What was taken out. */
      readonly lacking: ReadonlySet<BtfFeature>
    }
  | {
      readonly kind: 'refused'
      readonly reason: string
      readonly verdict: string
      readonly error: SyscallError
    }

const NOTHING: ReadonlySet<BtfFeature> = new Set()

function loadOrSanitize(kernel: Kernel, btf: Btf): Attempt {
  const { bytes } = btf
  const descriptor = tryLoad(kernel, bytes)
  if (descriptor !== undefined) return { kind: 'loaded', descriptor, bytes, lacking: NOTHING }
  const lacking = lackingBtfFeatures(kernel, usedFeatures(btf))
  if (lacking.size === 0) return loadWithLog(kernel, bytes, NOTHING)
  const sanitized = sanitizeBtf(btf, lacking)
  const second = tryLoad(kernel, sanitized)
  if (second !== undefined) return { kind: 'loaded', descriptor: second, bytes: sanitized, lacking }
  return loadWithLog(kernel, sanitized, lacking)
}

/** @returns undefined where the kernel refuses */
function tryLoad(kernel: Kernel, bytes: Uint8Array): FileDescriptor | undefined {
  try {
    return loadBtf(kernel, { btf: bytes, btf_size: bytes.length })
  } catch (error) {
    if (error instanceof SyscallError) return undefined
    throw error
  }
}

function loadWithLog(kernel: Kernel, bytes: Uint8Array, lacking: ReadonlySet<BtfFeature>): Attempt {
  const values = { btf: bytes, btf_size: bytes.length }
  const { log, outcome } = withLog(BPF_LOG_LEVEL1, (request) => loadBtf(kernel, values, request))
  if (outcome.kind === 'done') return { kind: 'loaded', descriptor: outcome.value, bytes, lacking }
  const verdict = lastLine(log)
  const { error } = outcome
  const reason = verdict === '' ? error.message : `${verdict} (${error.errnoName})`
  return { kind: 'refused', reason, verdict, error }
}

/** libbpf's `kernel_needs_btf` (src/libbpf.c): the kernel finds a struct_ops map's type by it. */
function needsBtf({ programs, maps }: RelocatedObject): boolean {
  return (
    programs.some(({ section }) => section.definition.programType === 'BPF_PROG_TYPE_STRUCT_OPS') ||
    maps.some(({ structOps, autocreate }) => structOps !== undefined && autocreate)
  )
}

function refused(
  object: RelocatedObject,
  { reason, verdict, error }: Extract<Attempt, { kind: 'refused' }>,
): LoadError {
  if (verdict === '') explainSilentRefusal(error, `load the BTF of ${object.fileName}`, object)
  return new LoadError(
    'LOAD_BTF_REFUSED',
    `${object.fileName}: the kernel refused the object's BTF, which struct_ops cannot do without: ${reason}`,
    { object: object.fileName, section: '.BTF', cause: error },
  )
}

/** The kernel's log of a BTF lists the types up to the one that it does not like; the last line says why. */
function lastLine(log: string): string {
  return log.trim().split('\n').at(-1)?.trim() ?? ''
}
