import { openKernel, TracePipe } from '../index.ts'
import { jsonText } from './json.ts'
import type { LineWriter } from './line_writer.ts'
import { printable } from './printable.ts'
import { parseTraceLine } from './trace_line.ts'

export interface TracePrinting {
  readonly writer: LineWriter
  readonly format: 'table' | 'json'
  readonly signal: AbortSignal
}

/** Prints the kernel's trace line by line, until `signal` aborts. @throws as `TracePipe` */
export async function printTrace({ writer, format, signal }: TracePrinting): Promise<void> {
  const print = { table: printable, json: jsonLine }[format]
  using pipe = TracePipe.open(openKernel())
  for await (const line of pipe.lines({ signal })) {
    writer.write(`${print(line)}\n`)
    await writer.drained(signal)
  }
}

const jsonLine = (line: string): string => jsonText(parseTraceLine(line) ?? { text: line })
