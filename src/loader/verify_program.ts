import { loadProgram, type ProgramValues } from '../kernel/bpf_calls.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { BPF_LOG_LEVEL1 } from '../kernel/kernel_log.ts'
import { hasExpectedAttachTypes } from '../kernel/probes/attach_types.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { explainRefusal, explainSilentRefusal } from './explain_refusal.ts'
import { LoadError } from './load_error.ts'
import { type Logged, outcomeOf, withLog } from './log_buffer.ts'
import { VerifierError } from './verifier_error.ts'
import { firstLogLevel, type VerifierLogOption } from './verifier_log_option.ts'

/** One program that is to be handed to the verifier. */
export interface Verification {
  readonly kernel: Kernel
  readonly object: RelocatedObject
  readonly program: RelocatedProgram
  readonly values: ProgramValues
  readonly verifierLog: VerifierLogOption
}

/** A program that the verifier accepted, and what it said of it; '' where it was not asked. */
export interface Verified {
  readonly descriptor: FileDescriptor
  readonly log: string
}

type Attempt = Logged<FileDescriptor>

/**
 * Hands a program to the verifier. Where it refuses, and was not asked for a log of its reasoning, it is asked once more
 * with one, which the error shows.
 *
 * @throws VerifierError; LoadError 'LOAD_PROGRAM_REFUSED'; PermissionError
 */
export function verifyProgram(verification: Verification): Verified {
  const { kernel, object, program, values } = verification
  const first = attempt(verification, firstLogLevel[verification.verifierLog])
  if (first.outcome.kind === 'done') return { descriptor: first.outcome.value, log: first.log }
  const { error } = first.outcome
  if (isTooNew(kernel, program, values, error)) {
    return verifyProgram({ ...verification, values: { ...values, expected_attach_type: 0 } })
  }
  explainRefusal(error, describeLoad(program), object)
  if (shortages.has(error.errnoName)) throw refused(verification, error)
  const second = verification.verifierLog === 'full' ? first : attempt(verification, BPF_LOG_LEVEL1, error)
  if (second.outcome.kind === 'done') return { descriptor: second.outcome.value, log: second.log }
  throw explain(verification, second, second.outcome.error)
}

/**
 * Loads the program with a log of `level`. A log that is too long for every buffer is an error to the kernel even if the
 * program is none, so what it thinks of the program is asked without one.
 *
 * @param known What it is known to think.
 */
function attempt({ kernel, values }: Verification, level: number, known?: SyscallError): Attempt {
  const quietly = (): Attempt['outcome'] => outcomeOf(() => loadProgram(kernel, values))
  if (level === 0) return { log: '', lost: 'nothing', outcome: quietly() }
  const logged = withLog(level, (log) => loadProgram(kernel, values, log))
  if (logged.lost === 'nothing') return logged
  return { ...logged, outcome: known === undefined ? quietly() : { kind: 'failed', error: known } }
}

function explain(verification: Verification, { log, lost }: Attempt, error: SyscallError): unknown {
  const { object, program } = verification
  if (hasVerdict(log) && !shortages.has(error.errnoName)) {
    return new VerifierError({ fileName: object.fileName, btf: object.btf, program, log, lost, cause: error })
  }
  explainSilentRefusal(error, describeLoad(program), object)
  return refused(verification, error)
}

/** Whether the verifier said anything of the program: where something forbids the load, its statistics are all that there is. */
function hasVerdict(log: string): boolean {
  return log.replace(/^processed 0 insns .*$/m, '').trim() !== ''
}

/** Which program, and for those that are tied to one place in the kernel, to which: a kernel may forbid some. */
function describeLoad({ name, section }: RelocatedProgram): string {
  const { traits, prefix } = section.definition
  const place = traits.includes('attach-btf') ? ` for ${prefix} of ${section.suffix ?? ''}` : ''
  return `load program ${name}${place}`
}

/** Whether the kernel does not know `expected_attach_type`, and the program is as good without. */
function isTooNew(
  kernel: Kernel,
  { section }: RelocatedProgram,
  { expected_attach_type = 0 }: ProgramValues,
  { errnoName }: SyscallError,
): boolean {
  if (errnoName !== 'E2BIG' || expected_attach_type === 0) return false
  const isOptional = section.definition.traits.includes('attach-type-optional')
  return isOptional && hasExpectedAttachTypes(kernel).kind === 'not there'
}

/**
 * Answers that say nothing about the program. The kernel allocates before and behind the verifier, which in between may
 * well have accepted the program, and its log would say so.
 */
const shortages: ReadonlySet<string> = new Set(['ENOMEM', 'EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'])

function refused({ object, program }: Verification, error: SyscallError): LoadError {
  const { programType } = program.section.definition
  const why = shortages.has(error.errnoName) ? '' : ', and not because of what it does'
  return new LoadError(
    'LOAD_PROGRAM_REFUSED',
    `${object.fileName}: the kernel did not take program ${program.name} (${programType})${why}: ${error.message}`,
    { object: object.fileName, program: program.name, section: program.section.name, cause: error },
  )
}
