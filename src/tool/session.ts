import type { Observer } from '../base/observer.ts'
import { loadObject, type LoadedObject, type LoadOptions, type LoadStep, type ObjectSpec } from '../index.ts'
import { jsonText } from './json.ts'
import type { LineWriter } from './line_writer.ts'
import type { StopSignals } from './stop_signals.ts'
import { type Column, headerLine, recordLine } from './table.ts'
import { ticks } from './ticks.ts'
import type { ToolSession } from './tool.ts'

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
  #timer: NodeJS.Timeout | undefined

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
    if (typeof duration === 'number') this.#timer ??= this.#stopAfter(duration)
    return object
  }

  write(text: string): void {
    this.#parts.writer.write(text)
  }

  writeJson(value: object): void {
    this.write(`${jsonText(value)}\n`)
  }

  async printRecords<Record extends object>(
    records: AsyncIterable<Record>,
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
      await writer.drained(this.signal)
    }
  }

  ticks(seconds: number | undefined): AsyncGenerator<void, void, undefined> {
    return ticks(seconds, this.signal)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    for (const object of this.loaded) await object.closeAsync()
  }

  #stopAfter(seconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#parts.stop.abort()
    }, seconds * 1000)
  }
}
