import type { HashMap, LoadedObject, LoadOptions, ObjectSpec } from '../index.ts'
import type { Histogram } from './histogram.ts'
import type { Column } from './table.ts'

/** A program for the command line that loads one BPF object and prints what it finds out. */
export interface Tool {
  /** What it is called by: `execsnoop`. */
  readonly name: string
  /** What it prints, in one line without a dot at its end. */
  readonly summary: string
  /** Command lines and what they do, for `--help`. */
  readonly examples: readonly (readonly [commandLine: string, effect: string])[]
  /** The object's file. */
  readonly object: string | URL
  /** Besides `--json`, `--duration` and `--verbose`, which all have. */
  readonly options?: readonly ToolOption[]
  /** Does the work, until `session.signal` aborts. What it loads is closed by whoever runs it. */
  readonly run: (session: ToolSession) => Promise<void>
}

/** An option of a tool. */
export interface ToolOption {
  /** As commander has them: `-p, --pid <pid>`, or without a value `-x, --failed`. */
  readonly flags: string
  readonly description: string
  /**
   * Reads the value; what it throws is not shown, `expected` is. Default: text as it is; `true` for an option without a value.
   */
  readonly value?: OptionValue
  /** The global variable of the object that gets the value before the load; options without one are for `run`. */
  readonly global?: string
}

/** How a value is read, and what is said where it cannot be. */
export interface OptionValue {
  /** Gives undefined for what it cannot read. */
  readonly read: (text: string) => number | bigint | string | undefined
  /** e.g. `a number of milliseconds`. */
  readonly expected: string
}

/** One run of a tool. */
export interface ToolSession {
  /** What options were given, by the long names in camel case; as commander calls them. */
  readonly options: Readonly<Record<string, number | bigint | string | boolean | undefined>>
  readonly format: 'table' | 'json'
  /** The object before the load, with the options' globals set. */
  readonly spec: ObjectSpec
  /** Aborts at SIGINT and SIGTERM, when `--duration` is over, and when the reader of the output goes away. */
  readonly signal: AbortSignal
  /** Loads `spec`. */
  load(options?: LoadOptions): LoadedObject
  /**
   * Loads and attaches the first set of programs that this kernel takes, e.g. fexit programs or else kprobes.
   *
   * @param ways The programs of each way, by what the way is called; the best first.
   * @throws BpfError 'TOOL_NO_WAY', which says of each why not; the first one's error where none is permitted
   */
  attachFirst(ways: Readonly<Record<string, readonly string[]>>): Promise<LoadedObject>
  /** Prints text that ends with a newline. */
  write(text: string): void
  /** Prints one JSON object as a line. */
  writeJson(value: object): void
  /** Resolves when the output has taken what was written, so that a slow reader slows the tool down and not its memory up. */
  drained(): Promise<void>
  /** Prints the header, then a line for each record, as a table or as JSON. */
  printRecords<Record extends object>(
    records: AsyncIterable<Record> | Iterable<Record>,
    columns: readonly Column<Record>[],
  ): Promise<void>
  /** Prints the kernel's trace, where `bpf_printk` writes, until `signal` aborts: what this object writes, and all others. */
  printTrace(): Promise<void>
  /** Does something every so many seconds, as long as the tool runs. */
  every(seconds: number, action: () => void): void
  /** Says on standard error that the tool is at work: one that prints at its end only would look as if it hung. */
  announce(text: string): void
  /**
   * What a hash has counted: every so many seconds, and at the end. Entries are taken out of the map, so that it starts over, but
   * for `--cumulative`.
   *
   * @param seconds Default: `--interval`; without one at the end only.
   */
  snapshots<Key, Value>(
    map: HashMap<Key, Value>,
    seconds?: number,
  ): AsyncIterable<readonly (readonly [Key, Value])[]>
  /** Prints a header and a line for each row, below the time of day if there is an `--interval`; as JSON the rows alone. */
  printTable<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): void
  /** The same for histograms, each below what its values are of; as JSON one object for each. */
  printHistograms(histograms: readonly LabelledHistogram[]): void
  /** Ticks every so many seconds, and once more when `signal` aborts; at the end only, where the interval is undefined. */
  ticks(seconds: number | undefined): AsyncIterable<void>
}

/** A histogram and what its values are of: `{ disk: 'vda' }`, or `{}` for everything. */
export interface LabelledHistogram {
  readonly labels: Readonly<Record<string, string | number>>
  readonly histogram: Histogram
}
