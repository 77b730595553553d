import { bpf_map_type } from '../abi/generated/bpf.ts'
import { type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BpfMap } from '../maps/bpf_map.ts'
import { MapError } from '../maps/map_error.ts'
import { ObjectError } from '../object/object_error.ts'
import { OverwritablePerfBuffer } from '../ringbuf/overwritable_perf_buffer.ts'
import { PerfBuffer, type PerfBufferOptions } from '../ringbuf/perf_buffer.ts'
import type { PerfBufferSize } from '../ringbuf/perf_events.ts'
import { RingBuffer } from '../ringbuf/ring_buffer.ts'
import { UserRingBuffer } from '../ringbuf/user_ring_buffer.ts'
import { RingBufferError } from '../ringbuf/ring_buffer_error.ts'
import type { ReadOptions } from '../ringbuf/ring_reading.ts'
import type { RecordDecoder } from '../ringbuf/ring_record.ts'
import { RecordSink } from './record_sink.ts'
import {
  recordDecoder,
  type RecordStream,
  type RecordStreamOptions,
  recordType,
  streamRecords,
  typesFor,
} from './record_stream.ts'

/** How a perf buffer is opened and read. */
export type PerfStreamOptions = PerfBufferOptions & ReadOptions

/** How a ring buffer is opened. */
export interface RingOpenOptions {
  /**
   * The global variable in which the programs count the records that found no space, for `statistics.lost`: a number, or an
   * array of numbers that are added up.
   */
  readonly lostCounter?: string | undefined
}

/** How a ring buffer is opened and read. */
export type RingStreamOptions = RingOpenOptions & RecordStreamOptions

/** The object whose maps are streamed. */
export interface StreamedObject {
  readonly kernel: Kernel
  readonly fileName: string
  /** The object's BTF. */
  readonly types: Btf | undefined
  /** A map by name, or the error that says why there is none. */
  readonly map: (name: string) => BpfMap
  /** A global variable's value, or the error that says why there is none. */
  readonly global: (name: string) => unknown
}

type Stream = RingBuffer | PerfBuffer | OverwritablePerfBuffer | UserRingBuffer

/** The buffers that were opened of an object's maps: one of each map at a time. */
export class ObjectStreams {
  readonly #object: StreamedObject
  readonly #streams = new Map<string, Stream>()

  constructor(object: StreamedObject) {
    this.#object = object
  }

  /** What is to be closed with the object. */
  get open(): readonly Stream[] {
    return [...this.#streams.values()]
  }

  ringBuffer<T>(map: string, type: string | undefined, options: RingStreamOptions): RecordStream<T> {
    const { lostCounter, ...reading } = options
    const ring = this.openRingBuffer(map, { lostCounter })
    const types = this.#requireTypes(type ?? `for the records of ${map}`)
    const id = type === undefined ? this.#declaredType(map) : recordType(types, type)
    return streamRecords<T>(ring, types, id, reading)
  }

  perfBuffer<T>(map: string, type: string, options: PerfStreamOptions): RecordStream<T> {
    const { signal, batch, ...opening } = options
    const decoder = this.decoder<T>(type)
    return this.openPerfBuffer(map, opening).records(decoder, { signal, batch })
  }

  decoder<T>(type: string): RecordDecoder<T> {
    const types = this.#requireTypes(type)
    return recordDecoder<T>(types, recordType(types, type))
  }

  openRingBuffer(map: string, { lostCounter }: RingOpenOptions): RingBuffer {
    const known = this.#streams.get(map)
    const isOpen = known instanceof RingBuffer && !known.closed
    if (isOpen && lostCounter === undefined) return known
    const { fd: mapFd, attributes } = this.#mapOf(map, 'BPF_MAP_TYPE_RINGBUF', 'a ring buffer')
    if (isOpen) throw inUse(map, 'ring buffer')
    const lost = lostCounter === undefined ? undefined : this.#counter(lostCounter)
    const { kernel } = this.#object
    const target = { mapFd, size: attributes.maxEntries, name: map }
    return this.#keep(map, RingBuffer.open(kernel, target, { lost }))
  }

  openPerfBuffer(map: string, options: PerfBufferOptions): PerfBuffer {
    const known = this.#streams.get(map)
    const isPlain = Object.values(options).every((value) => value === undefined)
    if (known instanceof PerfBuffer && !known.closed && isPlain) return known
    return this.#openPerf(map, (target) => PerfBuffer.open(this.#object.kernel, target, options))
  }

  openOverwritablePerfBuffer(map: string, options: PerfBufferSize): OverwritablePerfBuffer {
    return this.#openPerf(map, (target) => OverwritablePerfBuffer.open(this.#object.kernel, target, options))
  }

  openUserRingBuffer(map: string): UserRingBuffer {
    const known = this.#streams.get(map)
    if (known instanceof UserRingBuffer && !known.closed) return known
    const wanted = 'BPF_MAP_TYPE_USER_RINGBUF'
    const { fd: mapFd, attributes } = this.#mapOf(map, wanted, 'a user ring buffer')
    const target = { mapFd, size: attributes.maxEntries, name: map }
    return this.#keep(map, UserRingBuffer.open(this.#object.kernel, target))
  }

  userRingBuffer<T>(map: string, type: string | undefined): RecordSink<T> {
    const ring = this.openUserRingBuffer(map)
    const types = this.#requireTypes(type ?? `for the records of ${map}`)
    const id = type === undefined ? this.#declaredType(map) : recordType(types, type)
    return new RecordSink<T>(ring, types, id)
  }

  #openPerf<Buffer extends Stream>(
    map: string,
    open: (target: Parameters<typeof PerfBuffer.open>[1]) => Buffer,
  ): Buffer {
    const { fd: mapFd, attributes } = this.#mapOf(map, 'BPF_MAP_TYPE_PERF_EVENT_ARRAY', 'a perf buffer')
    if (this.#streams.get(map)?.closed === false) throw inUse(map, 'perf buffer')
    return this.#keep(map, open({ mapFd, maxEntries: attributes.maxEntries, name: map }))
  }

  /** Reads a global variable that is a number, or an array of numbers, one for each cpu for example. */
  #counter(name: string): () => bigint {
    const read = (): bigint => {
      const total = sumOf(this.#object.global(name))
      if (total !== undefined) return total
      throw new RingBufferError(
        'RINGBUF_BAD_ARGUMENT',
        `cannot count lost records by variable ${name} of ${this.#object.fileName}: there is none, or it is neither a number` +
          ' nor an array of numbers',
      )
    }
    read()
    return read
  }

  #keep<Opened extends Stream>(map: string, stream: Opened): Opened {
    this.#streams.set(map, stream)
    return stream
  }

  #mapOf(name: string, wanted: keyof typeof bpf_map_type, as: string): BpfMap {
    const map = this.#object.map(name)
    const { type } = map.attributes
    if (type === bpf_map_type[wanted]) return map
    throw wrongMapType(this.#object.fileName, { map: name, type, wanted, use: `open map ${name} as ${as}` })
  }

  #declaredType(map: string): TypeId {
    const { valueType } = this.#object.map(map).attributes
    if (valueType !== VOID) return valueType
    const { fileName } = this.#object
    throw new ObjectError(
      'OBJECT_UNKNOWN_NAME',
      `${fileName}: the definition of ring buffer ${map} does not say of what type its records are; name the type, or ` +
        'add __type(value, struct ...) to the definition',
      { object: fileName, map },
    )
  }

  #requireTypes(type: string): Btf {
    const { types, fileName } = this.#object
    return typesFor(type, types, fileName)
  }
}

function inUse(map: string, what: string): RingBufferError {
  return new RingBufferError(
    'RINGBUF_IN_USE',
    `cannot open another ${what} of map ${map}: there is one at a time. Close the open one first`,
    { map },
  )
}

function sumOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  if (!Array.isArray(value)) return undefined
  let total = 0n
  for (const each of value) {
    const part = sumOf(each)
    if (part === undefined) return undefined
    total += part
  }
  return total
}

/** A map that is of another type than what it is to be used as. */
export interface WrongMapType {
  readonly map: string
  readonly type: number
  readonly wanted: keyof typeof bpf_map_type
  /** e.g. `open map rb as a ring buffer` */
  readonly use: string
}

export function wrongMapType(fileName: string, { map, type, wanted, use }: WrongMapType): MapError {
  return new MapError(
    'MAP_WRONG_TYPE',
    `${fileName}: cannot ${use}: it is of type ${type}, not ${wanted} (${bpf_map_type[wanted]})`,
    { object: fileName, map },
  )
}
