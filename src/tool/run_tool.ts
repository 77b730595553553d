import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import { openObject } from '../index.ts'
import { BadArgument, readValue } from './bad_argument.ts'
import { command } from './command.ts'
import { examplesText } from './examples_text.ts'
import { exitCodes } from './exit_codes.ts'
import { endOutput } from './end_output.ts'
import { LineWriter } from './line_writer.ts'
import { reportLost } from './lost_records.ts'
import { printStep } from './print_step.ts'
import { Session } from './session.ts'
import { StopSignals } from './stop_signals.ts'
import type { Tool, ToolOption } from './tool.ts'
import { seconds } from './values.ts'

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
    .addHelpText('after', examplesText(tool.examples))
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

type Values = Session['options']

function readOptions(tool: Tool, flags: Readonly<Record<string, string | true | undefined>>): Values {
  const values: Record<string, Values[string]> = {}
  for (const option of [...(tool.options ?? []), ...shared]) {
    const name = attributeOf(option)
    const given = flags[name]
    if (given !== undefined) values[name] = typeof given === 'string' ? readOption(option, given) : given
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

function readOption({ flags, value }: ToolOption, text: string): number | bigint | string {
  return value === undefined ? text : readValue(flags, value, text)
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
    for (const loaded of session.loaded) reportLost(tool.name, loaded)
  } finally {
    writer.flush()
    await session.close()
  }
  await endOutput(writer, stop)
  return exitCodes.ok
}
