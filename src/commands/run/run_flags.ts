import { type Command, Option } from 'commander'
import type { SettableGlobal } from '../../run/global_options.ts'
import type { BtfValue } from '../../btf/value.ts'
import type { ValueShape } from '../../btf/value_shape.ts'
import { valueWord } from '../../run/value_text.ts'
import { BadArgument, readValue } from '../../tool/bad_argument.ts'
import { jsonText } from '../../tool/json.ts'
import { seconds, wholeNumber } from '../../tool/values.ts'

/** A variable and the text that it is to be set to. */
export interface Assignment {
  readonly name: string
  readonly text: string
}

/** What `rawbpf run` was asked for, besides the object. */
export interface RunRequest {
  readonly format: 'table' | 'json'
  /** Seconds. */
  readonly duration: number | undefined
  /** Records. */
  readonly count: number | undefined
  /** Types by the names of buffers. */
  readonly events: ReadonlyMap<string, string>
  readonly globals: readonly Assignment[]
  /** Programs that are not loaded. */
  readonly without: readonly string[]
  /** When the maps are printed; a number of seconds is also at the end. */
  readonly maps: 'never' | 'at the end' | number
  readonly structOps: 'left' | 'registered'
  readonly printk: 'left' | 'printed'
  readonly after: 'run' | 'watch'
  readonly verbosity: 'quiet' | 'steps'
}

/** As commander gives them. */
type Flags = Readonly<Record<string, string | true | readonly string[] | undefined>>

/** Adds the options that all objects have. */
export function addRunOptions(command: Command): Command {
  return command
    .option('-d, --duration <seconds>', 'end after so many seconds (default: when interrupted)')
    .option('-n, --count <records>', 'end after so many records')
    .addOption(
      repeatable(
        '--event <map=type>',
        'the type of the records of a ring buffer or perf buffer; for each buffer',
      ),
    )
    .addOption(repeatable('--global <name=value>', 'set a global variable; for names that are no options'))
    .option('--maps [seconds]', 'print what the maps hold at the end, or every so many seconds')
    .option(
      '--printk',
      "print the kernel's trace, where bpf_printk writes; nobody else on the machine sees these lines",
    )
    .addOption(repeatable('--without <program>', 'leave a program out; for each program'))
    .option('--struct-ops', 'register struct_ops maps')
    .option('--watch', 'build and load anew whenever the file changes')
    .option('--json', 'print one JSON object per line')
    .option('-v, --verbose', 'tell on standard error, step by step, how the BPF object is loaded')
}

function repeatable(flags: string, description: string): Option {
  const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
    ...(before ?? []),
    value,
  ]
  return new Option(flags, description).argParser(collect)
}

/**
 * Adds an option for each parameter of the object; `--global` sets those whose names are not free, which the help lists too.
 *
 * @returns The names of those that have an option.
 */
export function addGlobalOptions(command: Command, globals: readonly SettableGlobal[]): readonly string[] {
  const taken = new Set(['help', ...command.options.map((option) => option.attributeName())])
  const parameters = globals.filter(({ isParameter }) => isParameter)
  const isFree = ({ name }: SettableGlobal): boolean => /^[A-Za-z]\w*$/.test(name) && !taken.has(name)
  const free = parameters.filter(isFree)
  command.optionsGroup('Variables of the object:')
  for (const global of free) command.addOption(new Option(flagsOf(global), descriptionOf(global)))
  command.addHelpText('after', othersText(parameters.filter((global) => !isFree(global))))
  return free.map(({ name }) => name)
}

function descriptionOf({ type, initial, shape }: SettableGlobal): string {
  return `${type} (default: ${typedValue(initial, shape)})`
}

/** A value as it would be given on the command line; text in quotes, since it may be empty. */
function typedValue(initial: BtfValue, shape: ValueShape): string {
  return shape.kind === 'text' || typeof initial === 'object' ? jsonText(initial) : String(initial)
}

/** Variables whose names are those of other options. */
function othersText(others: readonly SettableGlobal[]): string {
  const flags = others.map(({ name, shape }) => `  --global ${name}=<${valueWord(shape)}>`)
  const width = Math.max(...flags.map(({ length }) => length))
  const lines = others.map(
    (global, index) => `${flags[index]?.padEnd(width) ?? ''}  ${descriptionOf(global)}`,
  )
  const title = 'Variables of the object with names that are no options of their own:'
  return lines.length === 0 ? '' : `\n${title}\n${lines.join('\n')}`
}

function flagsOf({ name, shape }: SettableGlobal): string {
  const word = valueWord(shape)
  return word === 'bool' ? `--${name} [true|false]` : `--${name} <${word}>`
}

/**
 * What was asked for.
 *
 * @param options Those of `addGlobalOptions`.
 * @throws BadArgument
 */
export function readFlags(flags: Flags, options: readonly string[]): RunRequest {
  return {
    format: flags['json'] === true ? 'json' : 'table',
    duration: numberOf(flags, 'duration', '--duration', seconds),
    count: numberOf(flags, 'count', '--count', wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    events: new Map(pairs(flags, 'event', '--event', 'MAP=TYPE').map(({ name, text }) => [name, text])),
    globals: [
      ...options.flatMap((name) => (flags[name] === undefined ? [] : [{ name, text: String(flags[name]) }])),
      ...pairs(flags, 'global', '--global', 'NAME=VALUE'),
    ],
    without: listOf(flags, 'without'),
    maps:
      flags['maps'] === undefined ? 'never' : (numberOf(flags, 'maps', '--maps', seconds) ?? 'at the end'),
    structOps: flags['structOps'] === true ? 'registered' : 'left',
    printk: flags['printk'] === true ? 'printed' : 'left',
    after: flags['watch'] === true ? 'watch' : 'run',
    verbosity: flags['verbose'] === true ? 'steps' : 'quiet',
  }
}

function numberOf(flags: Flags, name: string, shown: string, value: typeof seconds): number | undefined {
  const text = flags[name]
  if (typeof text !== 'string') return undefined
  return Number(readValue(shown, value, text))
}

function listOf(flags: Flags, name: string): readonly string[] {
  const given = flags[name]
  return typeof given === 'object' ? given : []
}

function pairs(flags: Flags, name: string, shown: string, expected: string): readonly Assignment[] {
  return listOf(flags, name).map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new BadArgument(`Invalid value of ${shown}: '${pair}' is not ${expected}`)
    return { name: pair.slice(0, at), text: pair.slice(at + 1) }
  })
}
