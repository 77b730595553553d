import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { stepLine } from '../explain/step_line.ts'
import { type LoadedObject, type LoadStep, openObject } from '../index.ts'
import { command } from './command.ts'
import { exitCodes } from './exit_codes.ts'
import { LineWriter } from './line_writer.ts'
import { Session } from './session.ts'
import { StopSignals } from './stop_signals.ts'
import type { Tool, ToolOption } from './tool.ts'
import { seconds } from './values.ts'

/** An argument that cannot be read. The message is for `--help`'s reader. */
class BadArgument extends Error {}

/**
 * The command of a tool, for a program that has several.
 *
 * @param setExitCode Called with 0 when it was interrupted, and with 64 for wrong arguments.
 */
export function toolCommand(tool: Tool, setExitCode: (code: number) => void): Command {
  const parsed = command(tool.name).description(`${tool.summary}.`)
  for (const option of tool.options ?? []) parsed.addOption(new Option(option.flags, option.description))
  parsed
    .option('-d, --duration <seconds>', 'end after so many seconds (default: when interrupted)')
    .option('-v, --verbose', 'tell on standard error, step by step, how the BPF object is loaded')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', examplesText(tool))
  return parsed.action(async (flags: Readonly<Record<string, string | true | undefined>>) => {
    try {
      setExitCode(await run(tool, readOptions(tool, flags)))
    } catch (error) {
      if (!(error instanceof BadArgument)) throw error
      process.stderr.write(`${error.message}\n${parsed.helpInformation()}`)
      setExitCode(exitCodes.usage)
    }
  })
}

function examplesText({ examples }: Tool): string {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, effect]) => `  ${line.padEnd(width)}  ${effect}`)
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}\n`
}

type Values = Session['options']

function readOptions(tool: Tool, flags: Readonly<Record<string, string | true | undefined>>): Values {
  const values: Record<string, Values[string]> = {}
  for (const option of [...(tool.options ?? []), ...shared]) {
    const name = attributeOf(option)
    const given = flags[name]
    if (given !== undefined) values[name] = typeof given === 'string' ? readValue(option, given) : given
  }
  return values
}

const shared: readonly ToolOption[] = [
  { flags: '-d, --duration <seconds>', description: '', value: seconds },
  { flags: '-v, --verbose', description: '' },
  { flags: '--json', description: '' },
]

/** The name under which commander gives an option's value. */
function attributeOf({ flags, description }: ToolOption): string {
  return new Option(flags, description).attributeName()
}

function readValue({ flags, value }: ToolOption, text: string): number | bigint | string {
  if (value === undefined) return text
  const read = value.read(text)
  if (read !== undefined) return read
  throw new BadArgument(`Invalid value of ${flags}: '${text}' is not ${value.expected}`)
}

async function run(tool: Tool, options: Values): Promise<number> {
  using stop = new StopSignals()
  const writer = new LineWriter(process.stdout, () => {
    stop.abort()
  })
  const observer = options['verbose'] === true ? printStep : undefined
  const { object } = tool
  const spec = await openObject(typeof object === 'string' ? object : fileURLToPath(object), { observer })
  for (const option of tool.options ?? []) {
    const value = options[attributeOf(option)]
    if (option.global !== undefined && value !== undefined) spec.globals[option.global] = value
  }
  const session = new Session({ options, spec, stop, writer, observer })
  try {
    await tool.run(session)
    for (const loaded of session.loaded) reportLost(tool, loaded)
  } finally {
    writer.flush()
    await session.close()
  }
  if (writer.failure !== undefined) throw writer.failure
  return exitCodes.ok
}

/** Where objects count what they had no room for, and what is said of it. */
const losses = [
  {
    variable: 'lost_records',
    text: (count: bigint) => `lost ${amount(count, 'record')}: the buffer was full`,
  },
  {
    variable: 'lost_counts',
    text: (count: bigint) => `did not count ${amount(count, 'event')}: a map was full`,
  },
]

function amount(count: bigint, noun: string): string {
  return `${count} ${noun}${count === 1n ? '' : 's'}`
}

function reportLost({ name }: Tool, { globals }: LoadedObject): void {
  for (const { variable, text } of losses) {
    const lost = variable in globals ? globals[variable] : 0n
    if (typeof lost === 'bigint' && lost !== 0n) process.stderr.write(`${name}: ${text(lost)}\n`)
  }
}

const printStep = (step: LoadStep): void => {
  process.stderr.write(`${stepLine(step)}\n`)
}
