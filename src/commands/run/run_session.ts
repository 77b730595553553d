import { BpfError } from '../../base/errors.ts'
import type { ObjectSpec } from '../../index.ts'
import { BadArgument } from '../../tool/bad_argument.ts'
import { endOutput } from '../../tool/end_output.ts'
import { LineWriter } from '../../tool/line_writer.ts'
import { StopSignals } from '../../tool/stop_signals.ts'
import { after } from '../../tool/ticks.ts'
import { FileChanges } from './file_changes.ts'
import type { RunRequest } from './run_flags.ts'
import { RunningObject, type RunOutput } from './running_object.ts'

/** Where objects come from. */
export interface ObjectSource {
  readonly path: string
  /** Reads and, for C, compiles the file as it is now. */
  readonly open: () => Promise<ObjectSpec>
}

/**
 * Runs an object until it is interrupted, its time is over, or its records are printed; with `--watch` another one in its place
 * whenever the file changes and what it changed to can be loaded.
 *
 * @param spec The object as `source` is now.
 * @throws BadArgument; OutputError; BpfError for the first object. What is wrong with later ones is told on standard error.
 */
export async function runSession(spec: ObjectSpec, source: ObjectSource, request: RunRequest): Promise<void> {
  using stop = new StopSignals()
  const writer = new LineWriter(process.stdout, () => {
    stop.abort()
  })
  const end = (): void => {
    stop.abort()
  }
  const output: RunOutput = { request, writer, left: request.count ?? Infinity, end }
  const first = RunningObject.load(spec, output)
  let callOffEnd: (() => void) | undefined
  const startTimer = (): void => {
    if (request.duration !== undefined) callOffEnd ??= after(request.duration, end)
  }
  try {
    await (request.after === 'watch'
      ? runWatching(first, source, output, { signal: stop.signal, startTimer })
      : runOnce(first, stop.signal, startTimer))
  } finally {
    callOffEnd?.()
    writer.flush()
  }
  await endOutput(writer, stop)
}

async function runOnce(object: RunningObject, signal: AbortSignal, onAttached: () => void): Promise<void> {
  const stop = (): void => {
    object.stop()
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    await object.run(onAttached)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

interface Watch {
  readonly signal: AbortSignal
  readonly startTimer: () => void
}

async function runWatching(
  first: RunningObject,
  source: ObjectSource,
  output: RunOutput,
  { signal, startTimer }: Watch,
): Promise<void> {
  using changes = await FileChanges.begin(source.path)
  let object = first
  let running = runOnce(object, signal, startTimer)
  // The first one ends the command where it cannot run; later ones are only told of.
  const firstFails = new Promise<never>((_, reject) => {
    running.catch(reject)
  })
  for (;;) {
    await Promise.race([firstFails, changes.next(signal)])
    if (signal.aborted) break
    const next = await loadNext(source, output)
    if (next === undefined) continue
    object.stop()
    await running
    process.stderr.write(`${source.path} has changed and was loaded anew\n`)
    object = next
    running = runOnce(object, signal, startTimer).catch(tell)
  }
  await running
}

/** What the file is now, in the kernel; undefined where it cannot be loaded, so that the object before it runs on. */
async function loadNext(source: ObjectSource, output: RunOutput): Promise<RunningObject | undefined> {
  try {
    return RunningObject.load(await source.open(), output)
  } catch (error) {
    tell(error)
    return undefined
  }
}

/** @throws What is no error of the object's: a bug of ours */
function tell(error: unknown): void {
  if (!(error instanceof BpfError || error instanceof BadArgument)) throw error
  process.stderr.write(`rawbpf: ${error.message}\n`)
}
