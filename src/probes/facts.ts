import type { BpfError } from '../base/errors.ts'
import type { KernelTypes } from './kernel_names.ts'
import type { Matcher } from './pattern.ts'
import type { Probe } from './probe.ts'

/**
 * What is asked of a kernel, each only where the pattern can match something that needs it. All of them throw a BpfError where the
 * kernel does not tell.
 */
export interface ProbeFacts {
  readonly types: () => KernelTypes
  /** As `available_events` of tracefs has them: `sched:sched_switch`. */
  readonly tracepoints: () => readonly string[]
  /** The file `format` of a tracepoint in tracefs. */
  readonly tracepointFormat: (category: string, name: string) => string
  /** The functions that ftrace can trace, of modules with the module's name: `nf_tables:nft_do_chain`. */
  readonly traceable: () => ReadonlySet<string>
  /** Throws where the kernel has no kprobes. */
  readonly requireKprobes: () => void
  /** The names of all functions of the kernel and of its modules. */
  readonly functions: () => Iterable<string>
  /** The perf events that this machine has: `software/cpu_clock`. */
  readonly perfEvents: () => readonly string[]
}

/** Something that could not be listed, or only in part. */
export interface ProbeProblem {
  /** The prefix of the names that are missing. */
  readonly prefix: string
  readonly error: BpfError
  /** What is listed nevertheless, as a clause; undefined where nothing is. */
  readonly instead: string | undefined
}

export type ReportProblem = (problem: ProbeProblem) => void

/** What a family of places needs to list those that match. */
export interface ProbeRequest {
  /** What the names of sections start with. */
  readonly prefix: string
  /** For what follows the prefix and a slash. */
  readonly isWanted: Matcher
  readonly facts: ProbeFacts
  readonly add: (section: string, describe: Probe['describe']) => void
  readonly report: ReportProblem
}
