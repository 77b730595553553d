import type { bpf_map_type } from '../abi/generated/bpf.ts'
import type { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { attachStructOps } from '../links/attach_struct_ops.ts'
import { closeAll, closeAllAsync } from '../links/close_all.ts'
import type { Link } from '../links/link.ts'
import type { LinkStep } from '../links/steps.ts'
import { arenaGlobalStore } from '../maps/arena_globals.ts'
import type { ArenaMemory } from '../maps/arena_memory.ts'
import type { BpfMap } from '../maps/bpf_map.ts'
import type { MapError } from '../maps/map_error.ts'
import { mapGlobalStore } from '../maps/map_globals.ts'
import { createGlobals, type Globals, type GlobalStore } from '../object/globals.ts'
import { ObjectError } from '../object/object_error.ts'
import type { StructOpsPlan } from '../relocate/plan_struct_ops.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import type { OverwritablePerfBuffer } from '../ringbuf/overwritable_perf_buffer.ts'
import type { PerfBuffer, PerfBufferOptions } from '../ringbuf/perf_buffer.ts'
import type { PerfBufferSize } from '../ringbuf/perf_events.ts'
import type { RingBuffer } from '../ringbuf/ring_buffer.ts'
import type { RecordDecoder } from '../ringbuf/ring_record.ts'
import type { UserRingBuffer } from '../ringbuf/user_ring_buffer.ts'
import { LoadError } from './load_error.ts'
import type { LoadedProgram } from './loaded_program.ts'
import type { ObjectLinks } from './object_links.ts'
import {
  ObjectStreams,
  type PerfStreamOptions,
  type RingOpenOptions,
  type RingStreamOptions,
  wrongMapType,
} from './object_streams.ts'
import type { RecordSink } from './record_sink.ts'
import type { RecordStream } from './record_stream.ts'
import { structOpsValue } from './struct_ops.ts'

/** What a load made, handed over to the object that keeps it. */
export interface LoadedParts {
  readonly kernel: Kernel
  readonly relocated: RelocatedObject
  readonly btf: FileDescriptor | undefined
  readonly maps: ReadonlyMap<string, BpfMap>
  readonly programs: ReadonlyMap<string, LoadedProgram>
  /** What the load went without. */
  readonly failures: {
    readonly programs: ReadonlyMap<string, BpfError>
    readonly maps: ReadonlyMap<string, BpfError>
  }
  /** The memory of arenas, by name. */
  readonly arenas: ReadonlyMap<string, ArenaMemory>
  readonly structOps: readonly StructOpsPlan[]
  readonly links: ObjectLinks
  readonly observer: Observer<LinkStep>
}

/**
 * An object in the kernel: its maps and programs, and the links and ring buffers that were made of them. Closing the
 * object closes all of it. Nothing is pinned, so that nothing outlives the process either.
 */
export class LoadedObject implements Disposable, AsyncDisposable {
  readonly name: string
  readonly maps: ReadonlyMap<string, BpfMap>
  readonly programs: ReadonlyMap<string, LoadedProgram>
  /** The optional programs that were left out because they failed, and why. */
  readonly failures: ReadonlyMap<string, BpfError>
  /** The maps that were left out because they failed, and why. */
  readonly mapFailures: ReadonlyMap<string, BpfError>
  /** Global variables where programs have them, now: see `mapGlobalStore`. `.rodata` can be read only. */
  readonly globals: Globals
  readonly #kernel: Kernel
  readonly #fileName: string
  readonly #btf: FileDescriptor | undefined
  readonly #observer: Observer<LinkStep>
  readonly #arenas: ReadonlyMap<string, ArenaMemory>
  readonly #structOps: readonly StructOpsPlan[]
  readonly #links: ObjectLinks
  readonly #streams: ObjectStreams
  #closing: Promise<void> | undefined

  constructor(parts: LoadedParts) {
    const { relocated } = parts
    this.name = relocated.name
    this.maps = parts.maps
    this.programs = parts.programs
    this.failures = parts.failures.programs
    this.mapFailures = parts.failures.maps
    this.globals = createGlobals(relocated.fileName, relocated.variables, globalStore(parts))
    this.#arenas = parts.arenas
    this.#structOps = parts.structOps
    this.#kernel = parts.kernel
    this.#fileName = relocated.fileName
    this.#btf = parts.btf
    this.#links = parts.links
    this.#observer = parts.observer
    this.#streams = new ObjectStreams({
      kernel: parts.kernel,
      fileName: relocated.fileName,
      types: relocated.btf,
      map: (name) => this.map(name),
      global: (name) => this.globals[name],
    })
  }

  /**
   * A program by name.
   *
   * @throws LoadError 'LOAD_LEFT_OUT' for an optional program that failed, with the reason; ObjectError
   *   'OBJECT_UNKNOWN_NAME' where there is none of that name, or its autoload is off.
   */
  program(name: string): LoadedProgram {
    return this.#part('program', name, this.programs, this.failures)
  }

  /**
   * A map by name.
   *
   * @throws LoadError 'LOAD_LEFT_OUT' for a map that failed, with the reason; ObjectError 'OBJECT_UNKNOWN_NAME' where there
   *   is none of that name, or its autocreate is off.
   */
  map(name: string): BpfMap {
    return this.#part('map', name, this.maps, this.mapFailures)
  }

  /** The links that were made of the object's programs and maps and are not detached. */
  get links(): readonly Link[] {
    return this.#links.attached
  }

  /**
   * Attaches every program whose section name says what to, in the object's order. Either all are attached or none: where
   * one fails, those before it are detached again. A program that is attached already is left alone, since it would run
   * twice for each event.
   *
   * @returns The links that this call made.
   * @throws AttachError, whose cause is a PermissionError where a right is missing; BpfError 'OBJECT_CLOSED'
   */
  attach(): readonly Link[] {
    this.#links.requireOpen('attach its programs')
    const attached = new Set(this.links.map((link) => link.program))
    const made: Link[] = []
    try {
      for (const program of this.programs.values()) {
        if (program.section.attachTarget.kind === 'none' || attached.has(program.name)) continue
        made.push(program.attach())
      }
    } catch (error) {
      closeAll(made)
      throw error
    }
    return made
  }

  /**
   * Registers a struct_ops map, so that the kernel may call its programs. `attach()` leaves these maps alone: what they are
   * registered as is a new thing in the kernel, such as a congestion control.
   *
   * @returns A link that unregisters the map where it is closed. It is among `links`.
   * @throws AttachError 'ATTACH_FAILED'; ObjectError 'OBJECT_UNKNOWN_NAME'; BpfError 'OBJECT_CLOSED'
   */
  registerStructOps(name: string): Link {
    const what = `register struct_ops map ${name}`
    this.#links.requireOpen(what)
    const { fd, attributes } = this.map(name)
    const plan = this.#structOps.find(({ map }) => map === name)
    if (plan === undefined) throw this.#wrongType(name, attributes.type, 'BPF_MAP_TYPE_STRUCT_OPS')
    const value = structOpsValue(plan, this.programs)
    const map = { name, fd, flags: attributes.flags, value }
    return this.#links.make(what, () => attachStructOps(this.#kernel, map, this.#observer))
  }

  /**
   * The records of a ring buffer, decoded as values of a type in the object's BTF. The type parameter is what the caller
   * expects that type to decode to.
   *
   * @param map The ring buffer map's name.
   * @param type A struct, union or typedef of the object's BTF; programs make it known by a pointer variable of that type.
   *   Left out, it is the one that the map's definition declares with `__type(value, ...)`.
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; otherwise as `openRingBuffer`
   */
  ringBuffer<T = Record<string, unknown>>(
    map: string,
    type?: string,
    options: RingStreamOptions = {},
  ): RecordStream<T> {
    this.#links.requireOpen(`open ring buffer ${map}`)
    return this.#streams.ringBuffer<T>(map, type, options)
  }

  /**
   * Decodes values of a type in the object's BTF, for `record.decode()` in a callback of `openRingBuffer()`.
   *
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'
   */
  decoder<T = Record<string, unknown>>(type: string): RecordDecoder<T> {
    return this.#streams.decoder<T>(type)
  }

  /**
   * The ring buffer itself, for reading records in place. One map has one, however often it is asked for, until that one
   * is closed. `RingBufferGroup` reads several together.
   *
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; MapError 'MAP_WRONG_TYPE'; RingBufferError 'RINGBUF_IN_USE' with options while one
   *   is open, 'RINGBUF_BAD_ARGUMENT' for a lostCounter that is no number; SyscallError; BpfError 'OBJECT_CLOSED'
   */
  openRingBuffer(map: string, options: RingOpenOptions = {}): RingBuffer {
    this.#links.requireOpen(`open ring buffer ${map}`)
    return this.#streams.openRingBuffer(map, options)
  }

  /**
   * The records of a perf buffer, decoded as `ringBuffer()` does it. Decoding ignores the bytes by which the kernel pads a
   * record. What tells the cpus apart is `openPerfBuffer()`.
   *
   * @param map The name of a map of type BPF_MAP_TYPE_PERF_EVENT_ARRAY.
   * @param type As for `ringBuffer()`, but never left out: such a map's values are descriptors.
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; otherwise as `openPerfBuffer`
   */
  perfBuffer<T = Record<string, unknown>>(
    map: string,
    type: string,
    options: PerfStreamOptions = {},
  ): RecordStream<T> {
    this.#links.requireOpen(`open perf buffer ${map}`)
    return this.#streams.perfBuffer<T>(map, type, options)
  }

  /**
   * The perf buffer itself: a buffer for each cpu, opened, mapped and put into the map. One map has one until that one is
   * closed; asked for without options, the open one is given again.
   *
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; MapError 'MAP_WRONG_TYPE'; RingBufferError 'RINGBUF_OPEN_FAILED' with a
   *   PermissionError as cause where a right is missing, 'RINGBUF_IN_USE' with options while one is open,
   *   'RINGBUF_BAD_ARGUMENT'; BpfError 'OBJECT_CLOSED'
   */
  openPerfBuffer(map: string, options: PerfBufferOptions = {}): PerfBuffer {
    this.#links.requireOpen(`open perf buffer ${map}`)
    return this.#streams.openPerfBuffer(map, options)
  }

  /**
   * A perf buffer that overwrites its oldest records and is read by `snapshot()`, newest first.
   *
   * @throws As `openPerfBuffer`; 'RINGBUF_IN_USE' whenever one is open
   */
  openOverwritablePerfBuffer(map: string, options: PerfBufferSize = {}): OverwritablePerfBuffer {
    this.#links.requireOpen(`open perf buffer ${map}`)
    return this.#streams.openOverwritablePerfBuffer(map, options)
  }

  /**
   * Writes records to a user ring buffer (Linux 6.1), encoded from values of a type in the object's BTF. Programs get them by
   * `bpf_user_ringbuf_drain`, when they run.
   *
   * @param type As for `ringBuffer()`.
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; otherwise as `openUserRingBuffer`
   */
  userRingBuffer<T = Record<string, unknown>>(map: string, type?: string): RecordSink<T> {
    this.#links.requireOpen(`open user ring buffer ${map}`)
    return this.#streams.userRingBuffer<T>(map, type)
  }

  /**
   * The user ring buffer itself, for writing records in place. One map has one until that one is closed.
   *
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'; MapError 'MAP_WRONG_TYPE'; SyscallError; BpfError 'OBJECT_CLOSED'
   */
  openUserRingBuffer(map: string): UserRingBuffer {
    this.#links.requireOpen(`open user ring buffer ${map}`)
    return this.#streams.openUserRingBuffer(map)
  }

  /** Detaches and unloads, link by link. Blocks for as long as the kernel takes; `closeAsync` is faster. */
  close(): void {
    this.#links.end()
    closeAll([...this.#links.all, ...this.#rest()])
  }

  /** Detaches all links side by side, off the event loop, then unloads. Every caller waits until it is done. */
  closeAsync(): Promise<void> {
    this.#links.end()
    this.#closing ??= this.#closeSideBySide()
    return this.#closing
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAsync()
  }

  async #closeSideBySide(): Promise<void> {
    try {
      await closeAllAsync(this.#links.all)
    } finally {
      closeAll(this.#rest())
    }
  }

  /** What is closed once nothing is attached any more: ring buffers and arenas before the maps that they are mappings of. */
  #rest(): readonly { close(): void }[] {
    const btf = this.#btf === undefined ? [] : [this.#btf]
    const mapped = [...this.#streams.open, ...this.#arenas.values()]
    return [...mapped, ...this.programs.values(), ...this.maps.values(), ...btf]
  }

  #wrongType(map: string, type: number, wanted: keyof typeof bpf_map_type): MapError {
    return wrongMapType(this.#fileName, { map, type, wanted, use: `register map ${map}` })
  }

  #part<Part>(
    kind: 'program' | 'map',
    name: string,
    parts: ReadonlyMap<string, Part>,
    failures: ReadonlyMap<string, BpfError>,
  ): Part {
    const part = parts.get(name)
    if (part !== undefined) return part
    const subject = { object: this.#fileName, [kind]: name }
    const cause = failures.get(name)
    if (cause !== undefined) {
      throw new LoadError(
        'LOAD_LEFT_OUT',
        `${this.#fileName}: ${kind} ${name} was left out of the load: ${cause.message}`,
        { ...subject, cause },
      )
    }
    const known = [...parts.keys()].join(', ')
    throw new ObjectError(
      'OBJECT_UNKNOWN_NAME',
      `${this.#fileName} has no ${kind} ${name}; it has ${known || 'none'}`,
      subject,
    )
  }
}

/** Where the variables are: those in an arena in its memory, all others in maps. */
function globalStore({ relocated, maps, arenas }: LoadedParts): GlobalStore {
  const { fileName, btf, arenaData } = relocated
  const store = mapGlobalStore(fileName, btf, maps)
  const memory = arenaData && arenas.get(arenaData.arena)
  if (btf === undefined || arenaData === undefined || memory === undefined) return store
  return arenaGlobalStore({ sectionName: arenaData.sectionName, btf, memory }, store)
}
