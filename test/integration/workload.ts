import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'

/** A program that the tested machine is going to run, and what rawbpf has to say about it. */
export interface Job {
  readonly file: string
  readonly args?: readonly string[]
  /** The path of each exec(2) that the process does, in order. Default: `file` alone. */
  readonly execs?: readonly string[]
  /** Default: ends by exit(0). */
  readonly end?: { readonly exit_code: number } | { readonly signal: number }
  /** The name that it has in the end, where it is not that of its last file. */
  readonly endsAs?: string
  /** A signal that it gets from us once it runs. */
  readonly killedBy?: NodeJS.Signals
}

/** A job that was run. Its parent is this process. */
export interface Process {
  readonly job: Job
  readonly pid: number
  /** Milliseconds since 1970, before it was started. */
  readonly startedAt: number
  /** Nanoseconds from before its start until after its end: no process lives longer. */
  readonly seenForNs: bigint
}

/** Runs `jobs`, at most `concurrency` at a time, in directory `cwd`. Resolves when all have ended. */
export async function runJobs(
  jobs: readonly Job[],
  { cwd, concurrency = 6 }: { readonly cwd?: string; readonly concurrency?: number } = {},
): Promise<readonly Process[]> {
  const processes: Process[] = []
  const waiting = jobs.values()
  const work = async (): Promise<void> => {
    for (const job of waiting) {
      processes.push(await runJob(job, cwd))
      // Child after child would end within one turn of the event loop, and nobody would read what the tracer writes.
      await setImmediate()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return processes
}

async function runJob(job: Job, cwd: string | undefined): Promise<Process> {
  const startedAt = Date.now()
  const begin = process.hrtime.bigint()
  const child = spawn(job.file, job.args ?? [], { stdio: 'ignore', ...(cwd === undefined ? {} : { cwd }) })
  const ended = once(child, 'exit')
  if (job.killedBy !== undefined) child.kill(job.killedBy)
  await ended
  return { job, pid: child.pid ?? -1, startedAt, seenForNs: process.hrtime.bigint() - begin }
}

/** A process that ends at once. */
export const TRUE: Job = { file: '/bin/true' }

/** A shell that runs `script`. */
export function shell(script: string, rest: Omit<Job, 'file' | 'args'> = {}): Job {
  return { file: '/bin/sh', args: ['-c', script], ...rest }
}

/** The same job, or list of jobs, many times over. */
export function times<T>(count: number, job: T): readonly T[] {
  return Array.from({ length: count }, () => job)
}
