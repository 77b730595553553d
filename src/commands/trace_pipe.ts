import type { Command } from 'commander'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { LineWriter } from '../tool/line_writer.ts'
import { printTrace, type TracePrinting } from '../tool/print_trace.ts'
import { StopSignals } from '../tool/stop_signals.ts'

const examples = examplesText([
  ['rawbpf trace-pipe', 'what bpf_printk writes, of all programs, until Ctrl-C'],
])

/** `rawbpf trace-pipe`: prints the kernel's trace, in which `bpf_printk` writes. */
export function tracePipeCommand(setExitCode: (code: number) => void): Command {
  return command('trace-pipe')
    .description("Print the kernel's trace, where bpf_printk writes, until interrupted.")
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', examples)
    .action(async (flags: { readonly json?: true }) => {
      setExitCode(await run(flags.json === true ? 'json' : 'table'))
    })
}

async function run(format: TracePrinting['format']): Promise<number> {
  using stop = new StopSignals()
  const writer = new LineWriter(process.stdout, () => {
    stop.abort()
  })
  try {
    await printTrace({ writer, format, signal: stop.signal })
  } finally {
    writer.flush()
  }
  if (writer.failure !== undefined) throw writer.failure
  return exitCodes.ok
}
