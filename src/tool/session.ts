import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import {
  type HashMap,
  loadObject,
  type LoadedObject,
  type LoadOptions,
  type LoadStep,
  type ObjectSpec,
} from '../index.ts'
import { exitCodes } from './exit_codes.ts'
import { histogramText } from './histogram.ts'
import { jsonText } from './json.ts'
import type { LineWriter } from './line_writer.ts'
import { printTrace } from './print_trace.ts'
import { clock, printable } from './printable.ts'
import { exitCodeOf } from './report_error.ts'
import type { StopSignals } from './stop_signals.ts'
import { type Column, headerLine, recordLine } from './table.ts'
import { after, pause, ticks } from './ticks.ts'
import type { LabelledHistogram, ToolSession } from './tool.ts'

interface SessionParts {
  readonly options: ToolSession['options']
  readonly spec: ObjectSpec
  readonly stop: StopSignals
  readonly writer: LineWriter
  readonly observer: Observer<LoadStep>
}

/** What a tool works with; closes what was loaded. */
export class Session implements ToolSession {
  readonly options: ToolSession['options']
  readonly format: ToolSession['format']
  readonly spec: ObjectSpec
  readonly loaded: LoadedObject[] = []
  readonly #parts: SessionParts
  readonly #intervals: NodeJS.Timeout[] = []
  #callOffEnd: (() => void) | undefined

  constructor(parts: SessionParts) {
    this.options = parts.options
    this.format = parts.options['json'] === true ? 'json' : 'table'
    this.spec = parts.spec
    this.#parts = parts
  }

  get signal(): AbortSignal {
    return this.#parts.stop.signal
  }

  /** The time of `--duration` runs from the first load on. */
  load(options: LoadOptions = {}): LoadedObject {
    const object = loadObject(this.spec, { observer: this.#parts.observer, ...options })
    this.loaded.push(object)
    const duration = this.options['duration']
    if (typeof duration === 'number') this.#callOffEnd ??= this.#stopAfter(duration)
    return object
  }

  async attachFirst(ways: Readonly<Record<string, readonly string[]>>): Promise<LoadedObject> {
    const failures: BpfError[] = []
    for (const programs of Object.values(ways)) {
      for (const program of this.spec.programs.values()) program.autoload = programs.includes(program.name)
      const before = this.loaded.length
      try {
        const object = this.load()
        object.attach()
        return object
      } catch (error) {
        if (!(error instanceof BpfError)) throw error
        failures.push(error)
        for (const object of this.loaded.splice(before)) await object.closeAsync()
      }
    }
    const [first] = failures
    // Then it is not for the kernel that there is none, and one of them says what is missing.
    if (first !== undefined && failures.every(isForPermission)) throw first
    throw noWay(this.spec.name, Object.keys(ways), failures)
  }

  write(text: string): void {
    this.#parts.writer.write(text)
  }

  writeJson(value: object): void {
    this.write(`${jsonText(value)}\n`)
  }

  drained(): Promise<void> {
    return this.#parts.writer.drained(this.signal)
  }

  async printRecords<Record extends object>(
    records: AsyncIterable<Record> | Iterable<Record>,
    columns: readonly Column<Record>[],
  ): Promise<void> {
    const { writer } = this.#parts
    if (this.format === 'table') {
      writer.write(headerLine(columns))
      writer.flush()
    }
    for await (const record of records) {
      const now = new Date()
      if (this.format === 'table') writer.write(recordLine(columns, record, now))
      else this.writeJson({ time: now.toISOString(), ...record })
      await this.drained()
    }
  }

  printTrace(): Promise<void> {
    const { format, signal } = this
    return printTrace({ writer: this.#parts.writer, format, signal })
  }

  every(seconds: number, action: () => void): void {
    this.#intervals.push(setInterval(action, seconds * 1000))
  }

  announce(text: string): void {
    process.stderr.write(`${text} Ctrl-C ends it.\n`)
  }

  async *snapshots<Key, Value>(
    map: HashMap<Key, Value>,
    seconds = this.#interval,
  ): AsyncGenerator<readonly (readonly [Key, Value])[], void, undefined> {
    while (!this.signal.aborted) {
      await pause(seconds, this.signal)
      yield [...(this.options['cumulative'] === true ? map.entries() : map.drain())]
      await this.#parts.writer.drained(this.signal)
    }
  }

  printTable<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    this.#printSnapshot(rows, (now) => {
      const lines = rows.map((row) => recordLine(columns, row, now))
      return headerLine(columns) + lines.join('')
    })
  }

  printHistograms(histograms: readonly LabelledHistogram[]): void {
    const rows = histograms.map(({ labels, histogram }) => ({ ...labels, ...histogram }))
    this.#printSnapshot(rows, () => histograms.map(histogramLines).join('\n'))
  }

  ticks(seconds: number | undefined): AsyncGenerator<void, void, undefined> {
    return ticks(seconds, this.signal)
  }

  async close(): Promise<void> {
    this.#callOffEnd?.()
    for (const interval of this.#intervals) clearInterval(interval)
    for (const object of this.loaded) await object.closeAsync()
  }

  get #interval(): number | undefined {
    const { interval } = this.options
    return typeof interval === 'number' ? interval : undefined
  }

  /** As JSON a line for each row; as text what `text` says, below the time where there is an interval. */
  #printSnapshot(rows: readonly object[], text: (now: Date) => string): void {
    const now = new Date()
    if (this.format === 'json') {
      for (const row of rows) this.writeJson({ time: now.toISOString(), ...row })
    } else if (this.#interval === undefined) {
      this.write(text(now))
    } else {
      this.write(`${clock(now)}\n${text(now)}\n`)
    }
  }

  #stopAfter(seconds: number): () => void {
    return after(seconds, () => {
      this.#parts.stop.abort()
    })
  }
}

const isForPermission = (error: BpfError): boolean => exitCodeOf(error) === exitCodes.notPermitted

/** What is said of each way is what the kernel lacks for it. */
function noWay(tool: string, ways: readonly string[], failures: readonly BpfError[]): BpfError {
  const reasons = failures.map(({ message }, index) => {
    return `\n\n  by ${ways[index]}: ${message.replaceAll(/\n+/g, '\n    ')}`
  })
  const message = `${tool} can be attached in none of its ways here${reasons.join('')}`
  return new BpfError('TOOL_NO_WAY', message, { object: tool, cause: failures.at(-1) })
}

/** `disk = vda, flags = Write`, and the histogram below. */
function histogramLines({ labels, histogram }: LabelledHistogram): string {
  const title = Object.entries(labels).map(([name, value]) => `${name} = ${printable(String(value))}`)
  return (title.length === 0 ? '' : `${title.join(', ')}\n`) + histogramText(histogram)
}
