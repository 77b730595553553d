import {
  type LoadedObject,
  type ObjectSpec,
  openKernel,
  type PerfBuffer,
  type RingBuffer,
  TracePipe,
} from '../../index.ts'
import type { RingRecord } from '../../ringbuf/ring_record.ts'
import { reportLost } from '../../tool/lost_records.ts'
import type { LineWriter } from '../../tool/line_writer.ts'
import { ticks } from '../../tool/ticks.ts'
import { attachPrograms } from './attach_programs.ts'
import { type BufferPlan, planBuffers } from './buffers.ts'
import { RecordDecoding } from './decode_records.ts'
import { loadPrograms } from './load_programs.ts'
import { printMaps } from './print_maps.ts'
import { dropOldLines, printTrace } from './print_trace.ts'
import type { RunRequest } from './run_flags.ts'
import { RecordPrinter } from './record_printer.ts'
import { setGlobals } from './set_globals.ts'

/** What a run is for, which goes on when an object takes the place of another. */
export interface RunOutput {
  readonly request: RunRequest
  readonly writer: LineWriter
  /** Records that are still to be printed. */
  left: number
  /** Ends the run: enough was printed. */
  readonly end: () => void
}

/** An object in the kernel, whose records are printed. */
export class RunningObject {
  readonly #spec: ObjectSpec
  readonly #object: LoadedObject
  readonly #buffers: readonly BufferPlan[]
  readonly #output: RunOutput
  readonly #stop = new AbortController()

  private constructor(
    spec: ObjectSpec,
    object: LoadedObject,
    buffers: readonly BufferPlan[],
    output: RunOutput,
  ) {
    this.#spec = spec
    this.#object = object
    this.#buffers = buffers
    this.#output = output
  }

  /**
   * Sets the variables and loads the object. Nothing is attached yet.
   *
   * @throws BadArgument; what `planBuffers` and `loadPrograms` throw
   */
  static load(spec: ObjectSpec, output: RunOutput): RunningObject {
    const { globals, events } = output.request
    setGlobals(spec, globals)
    const buffers = planBuffers(spec, events)
    return new RunningObject(spec, loadPrograms(spec, output.request), buffers, output)
  }

  /** Ends `run()`, which prints what is in the buffers. */
  stop(): void {
    this.#stop.abort()
  }

  /**
   * Attaches the programs and prints until `stop()`, then closes the object.
   *
   * @param onAttached Called once the programs are attached.
   * @throws RunError; BpfError
   */
  async run(onAttached: () => void): Promise<void> {
    const { request, writer } = this.#output
    using pipe = request.printk === 'printed' ? TracePipe.open(openKernel()) : undefined
    try {
      if (pipe !== undefined) await dropOldLines(pipe)
      for (const buffer of this.#buffers) this.#open(buffer)
      attachPrograms(this.#object, request, (line) => {
        this.#tell(line)
      })
      onAttached()
      this.#tellOfSilence()
      await this.#print(pipe)
      if (request.maps !== 'never') this.#printMaps()
      this.#reportLost()
    } finally {
      writer.flush()
      await this.#object.closeAsync()
    }
  }

  async #print(pipe: TracePipe | undefined): Promise<void> {
    const { request, writer } = this.#output
    const { signal } = this.#stop
    const names = this.#buffers.map(({ map }) => map)
    const printer = new RecordPrinter(writer, request.format, names)
    const tasks = this.#buffers.map((buffer) => this.#printRecords(buffer, printer))
    if (pipe !== undefined) tasks.push(printTrace(pipe, writer, request.format, signal))
    tasks.push(this.#printMapsInBetween())
    const ended = await Promise.allSettled(
      tasks.map(async (task) => {
        try {
          await task
        } catch (error) {
          this.stop()
          throw error
        }
      }),
    )
    const failure = ended.find((each) => each.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  async #printRecords(buffer: BufferPlan, printer: RecordPrinter): Promise<void> {
    const output = this.#output
    const { signal } = this.#stop
    const decoding = new RecordDecoding(buffer, this.#spec.btf, (line) => {
      this.#tell(line)
    })
    const read = (record: RingRecord): ReturnType<RecordDecoding['read']> => decoding.read(record)
    for await (const record of this.#open(buffer).values(read, { signal })) {
      if (output.left === 0) return
      output.left--
      printer.print(buffer.map, record)
      if (output.left === 0) output.end()
      await output.writer.drained(signal)
    }
  }

  /** Opens the buffer, or gives the open one: what is written to a perf buffer before it is open is lost. */
  #open({ kind, map }: BufferPlan): RingBuffer | PerfBuffer {
    return kind === 'ring buffer' ? this.#object.openRingBuffer(map) : this.#object.openPerfBuffer(map)
  }

  async #printMapsInBetween(): Promise<void> {
    const { maps } = this.#output.request
    const { signal } = this.#stop
    const waiting = ticks(typeof maps === 'number' ? maps : undefined, signal)
    while ((await waiting.next()).done !== true) {
      if (typeof maps === 'number' && !signal.aborted) this.#printMaps()
    }
  }

  #printMaps(): void {
    const { writer, request } = this.#output
    const tell = (line: string): void => {
      this.#tell(line)
    }
    printMaps(this.#spec, this.#object, { writer, format: request.format, tell })
  }

  /** Whoever waits for something that cannot come is told so. */
  #tellOfSilence(): void {
    const { printk, maps } = this.#output.request
    if (this.#buffers.length > 0 || printk === 'printed' || maps !== 'never') return
    this.#tell(
      'it has no ring buffer and no perf buffer; --maps prints what its maps hold, --printk what it prints by bpf_printk',
    )
  }

  #reportLost(): void {
    reportLost(this.#object.name, this.#object)
    for (const { map, kind } of this.#buffers) {
      if (kind !== 'perf buffer') continue
      const { lost } = this.#object.openPerfBuffer(map).statistics
      if (lost > 0)
        this.#tell(`lost ${lost} ${lost === 1 ? 'record' : 'records'} of ${map}: the buffer was full`)
    }
  }

  #tell(line: string): void {
    process.stderr.write(`${this.#object.name}: ${line}\n`)
  }
}
