import { loadObject, openObject, type LoadedObject } from '../index.ts'
import type { BootstrapEvent, EventFormat } from './bootstrap_format.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { endOutput } from '../tool/end_output.ts'
import { LineWriter } from '../tool/line_writer.ts'
import { printStep } from '../tool/print_step.ts'
import { packageFile } from '../tool/package_root.ts'
import { StopSignals } from '../tool/stop_signals.ts'

export interface BootstrapOptions {
  /** 0 shows everything. */
  readonly minDurationNs: bigint
  readonly format: EventFormat
  /** `steps` tells on standard error how the object is loaded. */
  readonly verbosity: 'quiet' | 'steps'
}

/**
 * Loads bpf/bootstrap.bpf.o, prints its events on standard output until SIGINT, SIGTERM or the reader's going away, then
 * drains the buffer and detaches.
 *
 * @returns The exit code.
 * @throws OutputError where standard output could not be written; BpfError otherwise.
 */
export async function runBootstrap(options: BootstrapOptions): Promise<number> {
  using stop = new StopSignals()
  const writer = new LineWriter(process.stdout, () => {
    stop.abort()
  })
  const observer = options.verbosity === 'steps' ? printStep : undefined
  const spec = await openObject(packageFile('bpf/bootstrap.bpf.o'), { observer })
  spec.globals['min_duration_ns'] = options.minDurationNs
  const object = loadObject(spec, { observer })
  try {
    object.attach()
    writer.write(options.format.header)
    writer.flush()
    await printEvents(object, options.format, writer, stop.signal)
    reportLost(object)
  } finally {
    writer.flush()
    await object.closeAsync()
  }
  await endOutput(writer, stop)
  return exitCodes.ok
}

async function printEvents(
  object: LoadedObject,
  format: EventFormat,
  writer: LineWriter,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of object.ringBuffer<BootstrapEvent>('rb', 'event', { signal })) {
    writer.write(format.line(event, new Date()))
    await writer.drained(signal)
  }
}

function reportLost(object: LoadedObject): void {
  const lost = object.globals['lost_records']
  if (typeof lost !== 'bigint' || lost === 0n) return
  process.stderr.write(`rawbpf: lost ${lost} records: the ring buffer was full\n`)
}
