import type { Command } from 'commander'
import { openKernel, TracePipe } from '../index.ts'
import { printable } from '../tool/printable.ts'
import { command } from '../tool/command.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { jsonText } from '../tool/json.ts'
import { LineWriter } from '../tool/line_writer.ts'
import { StopSignals } from '../tool/stop_signals.ts'
import { parseTraceLine } from './trace_line.ts'

/** `rawbpf trace-pipe`: prints the kernel's trace, in which `bpf_printk` writes. */
export function tracePipeCommand(setExitCode: (code: number) => void): Command {
  return command('trace-pipe')
    .description("Print the kernel's trace, where bpf_printk writes, until interrupted.")
    .option('--json', 'print one JSON object per line')
    .action(async (flags: { readonly json?: true }) => {
      setExitCode(await printTrace(flags.json === true ? jsonLine : textLine))
    })
}

async function printTrace(format: (line: string) => string): Promise<number> {
  using stop = new StopSignals()
  const writer = new LineWriter(process.stdout, () => {
    stop.abort()
  })
  using pipe = TracePipe.open(openKernel())
  try {
    for await (const line of pipe.lines({ signal: stop.signal })) {
      writer.write(`${format(line)}\n`)
      await writer.drained(stop.signal)
    }
  } finally {
    writer.flush()
  }
  if (writer.failure !== undefined) throw writer.failure
  return exitCodes.ok
}

const textLine = (line: string): string => printable(line)

const jsonLine = (line: string): string => jsonText(parseTraceLine(line) ?? { text: line })
