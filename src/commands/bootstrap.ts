import type { Command } from 'commander'
import { eventFormats } from './bootstrap_format.ts'
import { command } from '../tool/command.ts'
import { examplesText } from '../tool/examples_text.ts'
import { parseMilliseconds } from '../tool/duration.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { runBootstrap } from './run_bootstrap.ts'

interface BootstrapFlags {
  readonly duration?: string
  readonly verbose?: true
  readonly json?: true
}

/** What it is, for a list of tools. */
export const bootstrapSummary = 'Print every process that starts a program and every process that ends'

const examples = examplesText([
  ['rawbpf bootstrap', 'every exec and every exit'],
  ['rawbpf bootstrap -d 1000', 'ends of processes that lived for a second or longer'],
  ['rawbpf bootstrap -v', 'with every step of its load'],
])

/** `rawbpf bootstrap`: prints every process that starts a program, and every process that ends. */
export function bootstrapCommand(setExitCode: (code: number) => void): Command {
  const parsed = command('bootstrap')
    .description(`${bootstrapSummary}, until interrupted.`)
    .option('-d, --duration <ms>', 'only ends of processes that lived at least this many milliseconds')
    .option('-v, --verbose', 'tell on standard error, step by step, how the BPF object is loaded')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', examples)
  return parsed.action(async (flags: BootstrapFlags) => {
    const minDurationNs = flags.duration === undefined ? 0n : parseMilliseconds(flags.duration)
    if (minDurationNs === undefined) {
      process.stderr.write(`Invalid duration: ${flags.duration ?? ''}\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
      return
    }
    const format = flags.json === true ? eventFormats.json : eventFormats.table
    setExitCode(
      await runBootstrap({ minDurationNs, format, verbosity: flags.verbose === true ? 'steps' : 'quiet' }),
    )
  })
}
