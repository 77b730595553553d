import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { FileDescriptor } from '../kernel/file_descriptor.ts'
import { attachProgram } from '../links/attach_program.ts'
import type { Link } from '../links/link.ts'
import type { LinkStep } from '../links/steps.ts'
import type { BpfMap } from '../maps/bpf_map.ts'
import { mapGlobalStore } from '../maps/map_globals.ts'
import { createGlobals, type Globals } from '../object/globals.ts'
import { ObjectError } from '../object/object_error.ts'
import type { BpfProgram } from '../programs/bpf_program.ts'
import type { RelocatedObject } from '../relocate/relocated_object.ts'
import { RingBuffer } from '../ringbuf/ring_buffer.ts'
import { type RecordStream, type RecordStreamOptions, streamRecords } from './record_stream.ts'

/** What a load made, handed over to the object that keeps it. */
export interface LoadedParts {
  readonly kernel: Kernel
  readonly relocated: RelocatedObject
  readonly btf: FileDescriptor | undefined
  readonly maps: ReadonlyMap<string, BpfMap>
  readonly programs: ReadonlyMap<string, BpfProgram>
  readonly observer: Observer<LinkStep>
}

/**
 * An object in the kernel: its maps and programs, and the links and ring buffers that were made of them. Closing the
 * object closes all of it. Nothing is pinned, so that nothing outlives the process either.
 */
export class LoadedObject implements Disposable, AsyncDisposable {
  readonly name: string
  readonly maps: ReadonlyMap<string, BpfMap>
  readonly programs: ReadonlyMap<string, BpfProgram>
  /** Global variables as they are in the kernel now; `.rodata` can be read only. */
  readonly globals: Globals
  readonly #kernel: Kernel
  readonly #fileName: string
  readonly #types: Btf | undefined
  readonly #btf: FileDescriptor | undefined
  readonly #observer: Observer<LinkStep>
  readonly #links: Link[] = []
  readonly #ringBuffers = new Map<string, RingBuffer>()

  constructor(parts: LoadedParts) {
    const { relocated } = parts
    this.name = relocated.name
    this.maps = parts.maps
    this.programs = parts.programs
    this.globals = createGlobals(
      relocated.fileName,
      relocated.variables,
      mapGlobalStore(relocated.fileName, relocated.btf, parts.maps),
    )
    this.#kernel = parts.kernel
    this.#fileName = relocated.fileName
    this.#types = relocated.btf
    this.#btf = parts.btf
    this.#observer = parts.observer
  }

  /** The links that `attach()` made. */
  get links(): readonly Link[] {
    return this.#links
  }

  /**
   * Attaches every program whose section name says what to, in the object's order. Either all are attached or none: where
   * one fails, those before it are detached again.
   *
   * @throws AttachError, PermissionError
   */
  attach(): readonly Link[] {
    const links: Link[] = []
    try {
      for (const program of this.programs.values()) {
        if (program.section.attachTarget.kind === 'none') continue
        links.push(attachProgram(this.#kernel, program, this.#observer))
      }
    } catch (error) {
      for (const link of links) link.close()
      throw error
    }
    this.#links.push(...links)
    return links
  }

  /**
   * The records of a ring buffer, decoded as values of a type in the object's BTF. The type parameter is what the caller
   * expects that type to decode to.
   *
   * @param map The ring buffer map's name.
   * @param type A struct, union or typedef of the object's BTF; programs make it known by a pointer variable of that type.
   * @throws ObjectError 'OBJECT_UNKNOWN_NAME'
   */
  ringBuffer<T = Record<string, unknown>>(
    map: string,
    type: string,
    options: RecordStreamOptions = {},
  ): RecordStream<T> {
    return streamRecords<T>(this.openRingBuffer(map), this.#requireTypes(type), type, options)
  }

  /** The ring buffer itself, for reading records in place. One map has one, however often it is asked for. */
  openRingBuffer(map: string): RingBuffer {
    const known = this.#ringBuffers.get(map)
    if (known !== undefined) return known
    const ringMap = this.#requireMap(map)
    const ring = RingBuffer.open(this.#kernel, {
      mapFd: ringMap.fd,
      size: ringMap.attributes.maxEntries,
      name: map,
    })
    this.#ringBuffers.set(map, ring)
    return ring
  }

  /** Detaches and unloads, link by link. Blocks for as long as the kernel takes; `closeAsync` is faster. */
  close(): void {
    for (const link of this.#links) link.close()
    this.#closeRest()
  }

  /** Detaches all links side by side, off the event loop, then unloads. */
  async closeAsync(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.closeAsync()))
    this.#closeRest()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAsync()
  }

  #closeRest(): void {
    for (const ring of this.#ringBuffers.values()) ring.close()
    for (const program of this.programs.values()) program.close()
    for (const map of this.maps.values()) map.close()
    this.#btf?.close()
  }

  #requireMap(name: string): BpfMap {
    const map = this.maps.get(name)
    if (map !== undefined) return map
    const known = [...this.maps.keys()].join(', ')
    throw new ObjectError(
      'OBJECT_UNKNOWN_NAME',
      `${this.#fileName} has no map ${name}; it has ${known || 'none'}`,
      {
        object: this.#fileName,
        map: name,
      },
    )
  }

  #requireTypes(type: string): Btf {
    if (this.#types !== undefined) return this.#types
    throw new ObjectError(
      'OBJECT_UNKNOWN_NAME',
      `${this.#fileName} has no BTF, so no type ${type}; build it with clang -g`,
      { object: this.#fileName },
    )
  }
}
