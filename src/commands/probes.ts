import type { Command } from 'commander'
import { BpfError } from '../base/errors.ts'
import { openExecutable } from '../kernel/executable_file.ts'
import type { ProbeProblem } from '../probes/facts.ts'
import { listKernelProbes } from '../probes/list_kernel_probes.ts'
import { listUserProbes, readUserPattern } from '../probes/list_user_probes.ts'
import { noMatch } from '../probes/no_match.ts'
import { ProbePattern } from '../probes/pattern.ts'
import type { Probe } from '../probes/probe.ts'
import { type DescribedProbe, probeLines, probeObject } from '../probes/probe_text.ts'
import { printable } from '../tool/printable.ts'
import { command } from '../tool/command.ts'
import { exitCodes } from '../tool/exit_codes.ts'
import { jsonText } from '../tool/json.ts'
import { LineWriter } from '../tool/line_writer.ts'
import { RunningProbeFacts } from './probe_facts.ts'

interface ProbesFlags {
  readonly verbose?: true
  readonly json?: true
}

const MORE_HELP = `
Names are those of sections: what is printed can stand in SEC("") of an object. Behind perf_event/ is the event for attach().
The pattern has * and ?, and is for whole names; one without a slash is looked for anywhere in them:

  rawbpf probes unlink                        whatever has unlink in its name
  rawbpf probes 'tp/sched/*' -v               tracepoints, with their fields
  rawbpf probes 'fexit/tcp_*'                 also kretprobe/, kprobe.multi/, ksyscall/, ...: sections that are usually
                                              left out, since they are for the same functions as fentry/ and kprobe/
  rawbpf probes 'uprobe/bash:*readline*'      functions of a program or library, by its path or its name
  rawbpf probes 'usdt/libc.so.6:*'            its USDT probes
  rawbpf probes 'tracepoint:sched:*'          as bpftrace -l has it

Places in user space are listed where the pattern names a program or library. What may not be read is left out, with a warning.
`

/** `rawbpf probes`: what programs can be attached to. */
export function probesCommand(setExitCode: (code: number) => void): Command {
  return command('probes')
    .description(
      'List what programs can be attached to, as names of sections. Ends with 1 where nothing matches.',
    )
    .argument('[pattern]', 'which of them', '*')
    .option('-v, --verbose', 'print what programs get there: arguments and fields with their types')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', MORE_HELP)
    .action(async (pattern: string, flags: ProbesFlags) => {
      setExitCode(await printProbes(new ProbePattern(pattern), flags))
    })
}

async function printProbes(pattern: ProbePattern, flags: ProbesFlags): Promise<number> {
  using facts = new RunningProbeFacts()
  const problems: ProbeProblem[] = []
  const list = (wanted: ProbePattern): Iterable<readonly Probe[]> =>
    probesOf(wanted, facts, (problem) => problems.push(problem))
  const count = await writeAll(list(pattern), formatOf(flags))
  if (count > 0) {
    warn(problems)
    return exitCodes.ok
  }
  const reason = problems.find(({ prefix, instead }) => prefix === pattern.prefix && instead === undefined)
  if (reason !== undefined) throw reason.error
  warn(problems)
  throw noMatch(pattern, list)
}

function probesOf(
  pattern: ProbePattern,
  facts: RunningProbeFacts,
  report: (problem: ProbeProblem) => void,
): Iterable<readonly Probe[]> {
  const user = readUserPattern(pattern)
  return user === undefined
    ? listKernelProbes(pattern, facts, report)
    : [listUserProbes(user, openExecutable(user.executable))]
}

function warn(problems: readonly ProbeProblem[]): void {
  for (const problem of problems) process.stderr.write(`rawbpf: warning: ${problemText(problem)}\n`)
}

function problemText({ prefix, error, instead }: ProbeProblem): string {
  return `${prefix}: ${instead ?? 'nothing is listed, or not all'}: ${error.message}`
}

/** The text of some places; of many of them a chunk after the other is made and written. */
type ProbeFormat = (probes: readonly Probe[]) => string

function formatOf({ verbose, json }: ProbesFlags): ProbeFormat {
  if (verbose === true) {
    return json === true
      ? (probes) => probes.map((probe) => `${jsonText(probeObject(describe(probe)))}\n`).join('')
      : (probes) => printableLines(probes.flatMap((probe) => probeLines(describe(probe))))
  }
  return json === true
    ? (probes) => probes.map(({ section }) => `${JSON.stringify({ probe: section })}\n`).join('')
    : (probes) => printableLines(probes.map(({ section }) => section))
}

/** Looking for control characters once costs a tenth of doing so in each of the lines. */
function printableLines(lines: readonly string[]): string {
  const text = lines.join(' ')
  const clean = printable(text) === text ? lines : lines.map(printable)
  return `${clean.join('\n')}\n`
}

/** Places that are made text and written at once. */
const CHUNK = 1024

/** @returns How many there were, or how many were written before the reader went away. */
async function writeAll(families: Iterable<readonly Probe[]>, format: ProbeFormat): Promise<number> {
  const closed = new AbortController()
  const writer = new LineWriter(process.stdout, () => {
    closed.abort()
  })
  let count = 0
  for (const probes of families) {
    for (let start = 0; start < probes.length && !closed.signal.aborted; start += CHUNK) {
      const chunk = probes.slice(start, start + CHUNK)
      count += chunk.length
      writer.write(format(chunk))
      writer.flush()
      await writer.drained(closed.signal)
    }
    if (closed.signal.aborted) break
  }
  await writer.written()
  if (writer.failure !== undefined) throw writer.failure
  return count
}

/** What describes one place may be broken or gone; that costs no other. */
function describe({ section, describe: ask }: Probe): DescribedProbe {
  try {
    return { section, description: ask() }
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return { section, problem: error.message }
  }
}
