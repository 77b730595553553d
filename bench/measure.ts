import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A command with its arguments. */
export type Command = readonly [string, ...string[]]

/** One run of a command that traces until it is told to stop, seen from outside. */
export interface TracerRun {
  /** From before spawn(2) to the header line on standard output, which is printed once the programs are attached. */
  readonly startToAttachedMs: number
  /** The largest resident set up to shortly after the header line (VmHWM). */
  readonly peakRssMib: number
  readonly sigintToExitMs: number
  /** What the command wrote to standard error. */
  readonly stderr: string
}

/** How long a tracer runs between its header line and SIGINT, so that it is waiting for events when the signal comes. */
const settleMs = 50

export async function runTracer([file, ...args]: Command): Promise<TracerRun> {
  const start = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit').then(() => performance.now())
  const stderr = collect(child.stderr)
  await firstLine(child, file, stderr)
  const attached = performance.now()
  await sleep(settleMs)
  const peakRssMib = peakRss(child)
  const interrupted = performance.now()
  child.kill('SIGINT')
  return {
    startToAttachedMs: attached - start,
    peakRssMib,
    sigintToExitMs: (await exited) - interrupted,
    stderr: stderr.text,
  }
}

/** Milliseconds from before spawn(2) until the command has exited, and its standard output. */
export async function runToEnd([file, ...args]: Command): Promise<{
  readonly ms: number
  readonly stdout: string
}> {
  const start = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const stdout = collect(child.stdout)
  await once(child, 'exit')
  const ms = performance.now() - start
  if (!child.stdout.readableEnded) await once(child.stdout, 'end')
  if (child.exitCode !== 0)
    throw new Error(`${file} ${args.join(' ')} ended with ${child.exitCode ?? 'a signal'}`)
  return { ms, stdout: stdout.text }
}

function collect(stream: NodeJS.ReadableStream): { text: string } {
  const collected = { text: '' }
  stream.on('data', (chunk: Buffer) => {
    collected.text += chunk.toString()
  })
  return collected
}

/** Resolves with the first bytes on standard output; they go on being read, so that the command never waits for us. */
async function firstLine(
  child: ChildProcess,
  file: string,
  stderr: { readonly text: string },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      resolve()
    })
    child.once('error', reject)
    child.once('exit', () => {
      reject(new Error(`${file} ended before it printed its header: ${stderr.text}`))
    })
  })
}

/** Mebibytes; proc_pid_status(5), VmHWM. */
function peakRss(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid ?? 'self'}/status`, 'utf8')
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024
}
