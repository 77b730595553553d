import type { LineWriter } from './line_writer.ts'
import type { StopSignals } from './stop_signals.ts'

/**
 * Waits until the last lines are out, once programs are detached and nothing but a slow reader can keep the process: from here on a
 * signal ends it.
 *
 * @throws OutputError where they could not be written
 */
export async function endOutput(writer: LineWriter, stop: StopSignals): Promise<void> {
  stop[Symbol.dispose]()
  await writer.written()
  if (writer.failure !== undefined) throw writer.failure
}
