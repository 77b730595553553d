import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import { permissionErrorFor } from '../kernel/capabilities.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { BpfProgram } from '../programs/bpf_program.ts'
import { AttachError } from './attach_error.ts'
import { closeAll } from './close_all.ts'
import { type Attachment, Link } from './link.ts'
import type { LinkStep } from './steps.ts'
import type { UsdtSpecs } from './usdt_specs.ts'

/** What is attached, with what, and who is told. */
export interface AttachContext {
  readonly kernel: Kernel
  readonly program: BpfProgram
  readonly observer: Observer<LinkStep>
  /** What USDT probes need of the program's object, which may not have it. */
  readonly usdt?: (() => UsdtSpecs | undefined) | undefined
}

/** How a program got attached. */
export type Attached =
  /** `link` is the bpf_link, which is among what was opened. */
  | { readonly how: 'bpf-link'; readonly link: FileDescriptor }
  | { readonly how: Exclude<LinkStep['how'], 'bpf-link'> }

/** Takes charge of what an attachment needs to stay open; the link closes it, what was opened last first. */
export type Keep = <Opened extends Attachment>(opened: Opened) => Opened

/** What to say besides the kernel's answer, by its errno: what it means here, or what to do. */
export type Hints = Readonly<Partial<Record<string, string | (() => string | undefined)>>>

/**
 * Attaches a program in the way of one family. Whatever is thrown in between, what was opened until then is closed again.
 *
 * @param target What it is attached to, for people: `tracepoint sched/sched_process_exec`.
 * @param attach Opens what the attachment needs, hands each part to `keep` at once, and says how it was done.
 * @param hints Those that are functions are called where they are needed.
 * @throws AttachError 'ATTACH_FAILED', with what `attach` threw as its cause, a PermissionError where a right is missing; an
 *   AttachError of `attach` as it is; BpfError 'DESCRIPTOR_CLOSED' where the program was closed.
 */
export function attaching(
  context: AttachContext,
  target: string,
  attach: (keep: Keep) => Attached,
  hints: Hints = {},
): Link {
  const { kernel, program, observer } = context
  const opened: Attachment[] = []
  const keep: Keep = (attachment) => {
    opened.unshift(attachment)
    return attachment
  }
  program.requireOpen()
  try {
    const attached = attempt(program, target, () => attach(keep), hints)
    const kernelLink = attached.how === 'bpf-link' ? { kernel, descriptor: attached.link } : undefined
    observer?.({ kind: 'link-made', program: program.name, target, how: attached.how })
    return new Link(program.name, target, opened, kernelLink)
  } catch (error) {
    closeQuietly(opened)
    throw error
  }
}

function attempt<Result>(
  { name, section }: BpfProgram,
  target: string,
  attach: () => Result,
  hints: Hints,
): Result {
  try {
    return attach()
  } catch (error) {
    if (!(error instanceof BpfError) || error instanceof AttachError) throw error
    const cause = permissionErrorFor(error) ?? error
    const hint = hintFor(cause, hints)
    throw new AttachError(
      'ATTACH_FAILED',
      `cannot attach program ${name} to ${target}: ${cause.message}${hint === undefined ? '' : `; ${hint}`}`,
      { program: name, section: section.name, cause },
    )
  }
}

function hintFor(cause: BpfError, hints: Hints): string | undefined {
  const hint = cause instanceof SyscallError ? hints[cause.errnoName] : undefined
  return typeof hint === 'function' ? hint() : hint
}

/** What close(2) says is not passed on: the caller has to see why the program could not be attached. */
function closeQuietly(opened: readonly Attachment[]): void {
  try {
    closeAll(opened)
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
  }
}
