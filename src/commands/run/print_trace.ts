import type { TracePipe } from '../../index.ts'
import { jsonText } from '../../tool/json.ts'
import type { LineWriter } from '../../tool/line_writer.ts'
import { printable } from '../../tool/printable.ts'
import { parseTraceLine } from '../../tool/trace_line.ts'

/** Milliseconds for which lines are taken for old. */
const OLD_LINES_MS = 100

/** Drops the lines that were there before anything was attached. */
export async function dropOldLines(pipe: TracePipe): Promise<void> {
  const lines = pipe.lines({ signal: AbortSignal.timeout(OLD_LINES_MS) })
  while ((await lines.next()).done !== true);
}

/** Prints what programs write by bpf_printk, until the signal aborts. Which program wrote a line, the trace does not tell. */
export async function printTrace(
  pipe: TracePipe,
  writer: LineWriter,
  format: 'table' | 'json',
  signal: AbortSignal,
): Promise<void> {
  for await (const line of pipe.lines({ signal })) {
    const parsed = parseTraceLine(line)
    if (parsed !== undefined && parsed.event !== 'bpf_trace_printk') continue
    if (format === 'table') writer.write(`${printable(line)}\n`)
    else writer.write(`${jsonText({ time: new Date().toISOString(), printk: parsed ?? { text: line } })}\n`)
    await writer.drained(signal)
  }
}
