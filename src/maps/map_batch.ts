import type { AttrTable, AttrValues } from '../abi/attr_table.ts'
import {
  MAP_DELETE_BATCH,
  MAP_LOOKUP_AND_DELETE_BATCH,
  MAP_LOOKUP_BATCH,
  MAP_UPDATE_BATCH,
} from '../abi/bpf_attr.ts'
import { encodeAttr } from '../abi/encode_attr.ts'
import { bpf_map_update_flags } from '../abi/generated/bpf.ts'
import type { BpfError } from '../base/errors.ts'
import type { Kernel, PreparedBpf } from '../kernel/kernel.ts'
import { type ElementCalls, NOT_THERE } from './element_calls.ts'
import { elementError, requireOperation } from './element_error.ts'
import type { MapAccess } from './map_access.ts'
import { MapError } from './map_error.ts'
import type { AnyMapKind, MapOperation } from './map_kind.ts'
import { walkKeys } from './map_walk.ts'
import {
  lookupFlags,
  type LookupOptions,
  type UpdateMode,
  type UpdateOptions,
  updateFlags,
} from './update_options.ts'

const { BPF_F_LOCK } = bpf_map_update_flags
const [ENOSPC, EOPNOTSUPP, ENOTSUPP] = [-28, -95, -524]

/** Bytes of buffers that a batch has unless the caller says otherwise. */
const USUAL_BYTES = 64 * 1024
const FEWEST = 4

/**
 * Kinds that the kernel reads in batches from bucket to bucket, or from index to index. Others have a batch command, too,
 * whose position is a key (`generic_map_lookup_batch` in kernel/bpf/syscall.c, Linux 6.18): where that is deleted, it starts
 * over or answers EINTR, with some of the entries lost.
 */
const kindsReadInBatches: ReadonlySet<AnyMapKind> = new Set([
  'hash',
  'lru_hash',
  'percpu_hash',
  'lru_percpu_hash',
  'array',
  'percpu_array',
])

export function isReadInBatches(kind: AnyMapKind): boolean {
  return kindsReadInBatches.has(kind)
}

/** How many entries fit into the buffers that a batch usually has. */
export function usualCapacity(access: MapAccess): number {
  const fitting = Math.floor(USUAL_BYTES / (access.facts.keySize + access.copiedValueSize))
  return Math.max(1, Math.min(access.facts.maxEntries, Math.max(FEWEST, fitting)))
}

/**
 * Many entries with one system call (Linux 5.6), by buffers that are used again and again: key after key in `keys`, value after
 * value in `values`. Where the kernel has no batches for maps of this kind, the same happens entry by entry.
 *
 *     const batch = map.batch(1024)
 *     for (let count = batch.next(); count > 0; count = batch.next()) { ... }
 */
export class MapBatch {
  /** How many entries the buffers have room for. */
  readonly capacity: number
  readonly keys: Uint8Array
  readonly keysView: DataView
  readonly values: Uint8Array
  readonly valuesView: DataView
  readonly #access: MapAccess
  readonly #keySize: number
  readonly #valueSize: number
  readonly #commands: BatchCommands
  #position: 'start' | 'inside' | 'end' = 'start'
  #walker: Iterator<Uint8Array, void, undefined> | undefined
  /** Commands that this kernel does not have for this kind of map. */
  readonly #missing = new Set<MapOperation>()

  /** @throws MapError 'MAP_BAD_SIZE' for a capacity that is no positive integer */
  constructor(access: MapAccess, capacity: number = usualCapacity(access)) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      const message = `a batch of map ${access.facts.name} has room for one or more entries, not ${capacity}`
      throw new MapError('MAP_BAD_SIZE', message, { map: access.facts.name })
    }
    this.capacity = capacity
    this.#access = access
    this.#keySize = access.facts.keySize
    this.#valueSize = access.copiedValueSize
    this.keysView = new DataView(new ArrayBuffer(capacity * this.#keySize))
    this.keys = new Uint8Array(this.keysView.buffer)
    this.valuesView = new DataView(new ArrayBuffer(capacity * this.#valueSize))
    this.values = new Uint8Array(this.valuesView.buffer)
    this.#commands = new BatchCommands(access, this)
    if (!isReadInBatches(access.facts.kind)) this.#missing.add('lookup').add('take')
  }

  /**
   * Reads the next entries into the buffers. In a hash, an entry that is there all the time comes exactly once, whatever is
   * added or deleted meanwhile.
   *
   * @returns How many there are; 0 behind the last, until `rewind()`.
   * @throws MapError 'MAP_BATCH_TOO_SMALL' for a bucket with more entries than the buffers have room for; a larger batch can
   *   go on (`larger()`). 'MAP_WRONG_TYPE', 'MAP_REFUSED'; BpfError 'DESCRIPTOR_CLOSED'
   */
  next(options?: LookupOptions): number {
    return this.#read('lookup', lookupFlags(options))
  }

  /** Reads the next entries and deletes them from the map, a bucket at a time; otherwise as `next()`. */
  takeNext(options?: LookupOptions): number {
    requireOperation(this.#access.facts, 'delete')
    return this.#read('take', lookupFlags(options))
  }

  /** Starts over with the next `next()` or `takeNext()`. */
  rewind(): void {
    this.#position = 'start'
    this.#walker = undefined
  }

  /** One with twice the room, which goes on where this one is. */
  larger(): MapBatch {
    const batch = new MapBatch(this.#access, this.capacity * 2)
    batch.#commands.cursor.set(this.#commands.cursor)
    batch.#position = this.#position
    return batch
  }

  /**
   * Stores the first `count` entries of the buffers.
   *
   * @throws MapError as `BpfMap.update`; those before the one that the error names are stored
   */
  update(count: number, options?: UpdateMode | UpdateOptions): void {
    requireOperation(this.#access.facts, 'update')
    this.#requireCount(count)
    const flags = updateFlags(options)
    // The kernel takes BPF_F_LOCK alone (generic_map_update_batch in kernel/bpf/syscall.c, Linux 6.18).
    const isTaken = (flags & ~BPF_F_LOCK) === 0
    if (!isTaken || this.#missing.has('update')) {
      this.#updateSingly(count, flags)
      return
    }
    const { result, done } = this.#commands.issue('update', count, flags)
    if (isUnsupported(result)) {
      this.#missing.add('update')
      this.#updateSingly(count, flags)
    } else if (result < 0) throw this.#failure('update', result, done, count)
  }

  /**
   * Deletes the entries of the first `count` keys in the buffers, which are changed.
   *
   * @returns How many there were.
   */
  delete(count: number): number {
    requireOperation(this.#access.facts, 'delete')
    this.#requireCount(count)
    let deleted = 0
    let left = count
    while (left > 0 && !this.#missing.has('delete')) {
      const { result, done } = this.#commands.issue('delete', left, 0)
      if (isUnsupported(result)) this.#missing.add('delete')
      else if (result < 0 && result !== NOT_THERE)
        throw this.#failure('delete', result, count - left + done, count)
      else {
        // It stops at a key that is not there, and goes on behind it.
        deleted += done
        const passed = result === NOT_THERE ? done + 1 : done
        this.keys.copyWithin(0, passed * this.#keySize, left * this.#keySize)
        left -= passed
      }
    }
    return deleted + this.#deleteSingly(left)
  }

  #read(operation: 'lookup' | 'take', flags: number): number {
    requireOperation(this.#access.facts, 'lookup')
    if (this.#position === 'end') return 0
    if (this.#missing.has(operation)) return this.#readSingly(operation, flags)
    const { result, done } = this.#commands.issue(operation, this.capacity, flags, this.#position)
    if (isUnsupported(result) && this.#position === 'start') {
      this.#missing.add(operation)
      return this.#readSingly(operation, flags)
    }
    if (result === ENOSPC) throw this.#tooSmall()
    if (result < 0 && result !== NOT_THERE) throw this.#failure(operation, result, 0, this.capacity)
    this.#position = result === NOT_THERE || done === 0 ? 'end' : 'inside'
    return done
  }

  #readSingly(operation: 'lookup' | 'take', flags: number): number {
    this.#walker ??= walkKeys(this.#access)
    let count = 0
    while (count < this.capacity) {
      const next = this.#walker.next()
      if (next.done === true) {
        this.#position = 'end'
        return count
      }
      if (this.#readOne(operation, next.value, flags, count)) count++
    }
    return count
  }

  /** Puts the entry of a key into the buffers; false where it is not there any more. */
  #readOne(operation: 'lookup' | 'take', key: Uint8Array, flags: number, index: number): boolean {
    return this.#single('lookup', (calls) => {
      calls.key.set(key)
      const result = calls.lookup(flags)
      if (result === NOT_THERE) return false
      if (result < 0) throw this.#access.failure('lookup', result)
      if (operation === 'take' && calls.delete() === NOT_THERE) return false
      this.keys.set(key, index * this.#keySize)
      this.values.set(calls.value, index * this.#valueSize)
      return true
    })
  }

  #updateSingly(count: number, flags: number): void {
    this.#single('update', (calls) => {
      for (let index = 0; index < count; index++) {
        calls.key.set(this.#keyAt(index))
        calls.value.set(this.values.subarray(index * this.#valueSize, (index + 1) * this.#valueSize))
        const result = calls.update(flags)
        if (result < 0) throw this.#failure('update', result, index, count)
      }
    })
  }

  #deleteSingly(count: number): number {
    if (count === 0) return 0
    return this.#single('delete', (calls) => {
      let deleted = 0
      for (let index = 0; index < count; index++) {
        calls.key.set(this.#keyAt(index))
        const result = calls.delete()
        if (result < 0 && result !== NOT_THERE) throw this.#failure('delete', result, index, count)
        if (result === 0) deleted++
      }
      return deleted
    })
  }

  #single<Result>(operation: MapOperation, act: (calls: ElementCalls) => Result): Result {
    const calls = this.#access.borrow(operation)
    try {
      return act(calls)
    } finally {
      this.#access.giveBack(calls)
    }
  }

  #keyAt(index: number): Uint8Array {
    return this.keys.subarray(index * this.#keySize, (index + 1) * this.#keySize)
  }

  #requireCount(count: number): void {
    if (Number.isInteger(count) && count >= 0 && count <= this.capacity) return
    const { name } = this.#access.facts
    const message = `a batch of map ${name} has room for ${this.capacity} entries; got a count of ${count}`
    throw new MapError('MAP_BAD_SIZE', message, { map: name })
  }

  #tooSmall(): MapError {
    const { name } = this.#access.facts
    return new MapError(
      'MAP_BATCH_TOO_SMALL',
      `a bucket of map ${name} has more than the ${this.capacity} entries that the batch has room for; make a larger one`,
      { map: name },
    )
  }

  #failure(operation: MapOperation, result: number, index: number, count: number): BpfError {
    const verb = `${operation} entry ${index + 1} of a batch of ${count} in`
    const command = commandTables[operation === 'keys' ? 'lookup' : operation].name
    return elementError(this.#access.subject, operation, -result, { command, tried: verb })
  }
}

function isUnsupported(result: number): boolean {
  return result === ENOTSUPP || result === EOPNOTSUPP
}

const commandTables = {
  lookup: MAP_LOOKUP_BATCH,
  take: MAP_LOOKUP_AND_DELETE_BATCH,
  update: MAP_UPDATE_BATCH,
  delete: MAP_DELETE_BATCH,
} as const

/** Bytes of the attr that is always given: `elem_flags` would be left out while they are 0. */
const WITH_FLAGS = 48

interface Outcome {
  /** 0 or the negative errno. */
  readonly result: number
  /** How many entries were taken care of. */
  readonly done: number
}

/** The prepared calls of one batch. */
class BatchCommands {
  /** Where the kernel is: a bucket's number, or a key. */
  readonly cursor: Uint8Array
  readonly #access: MapAccess
  readonly #buffers: Pick<MapBatch, 'keys' | 'values'>
  readonly #calls = new Map<string, BatchCall>()

  constructor(access: MapAccess, buffers: Pick<MapBatch, 'keys' | 'values'>) {
    this.#access = access
    this.#buffers = buffers
    this.cursor = new Uint8Array(new ArrayBuffer(Math.max(4, access.facts.keySize)))
  }

  issue(
    operation: keyof typeof commandTables,
    count: number,
    flags: number,
    position: 'start' | 'inside' | 'end' = 'start',
  ): Outcome {
    // A map that was closed throws here, before its descriptor's number could be another's.
    const { fd, kernel } = this.#access
    const name = `${operation} ${position}`
    let call = this.#calls.get(name)
    if (call === undefined) {
      const { keys, values } = this.#buffers
      call = new BatchCall(kernel, commandTables[operation], {
        map_fd: fd,
        count,
        keys,
        values: operation === 'delete' ? undefined : values,
        in_batch: position === 'inside' ? this.cursor : undefined,
        out_batch: operation === 'lookup' || operation === 'take' ? this.cursor : undefined,
      })
      this.#calls.set(name, call)
    }
    return call.issue(count, flags)
  }
}

type BatchTable = (typeof commandTables)[keyof typeof commandTables]

class BatchCall {
  readonly #prepared: PreparedBpf
  readonly #attr: DataView
  readonly #countOffset: number
  readonly #flagsOffset: number

  constructor(kernel: Kernel, table: BatchTable, values: AttrValues<BatchTable>) {
    const attr = encodeAttr({ ...table, minimumSize: WITH_FLAGS } satisfies AttrTable, values)
    this.#prepared = kernel.prepareBpf(table.command, attr)
    this.#attr = new DataView(attr.bytes.buffer)
    this.#countOffset = offsetOf(table, 'count')
    this.#flagsOffset = offsetOf(table, 'elem_flags')
  }

  issue(count: number, flags: number): Outcome {
    this.#attr.setUint32(this.#countOffset, count, true)
    this.#attr.setUint32(this.#flagsOffset, flags, true)
    const result = this.#prepared.call()
    const done = this.#attr.getUint32(this.#countOffset, true)
    // A call that fails took care of fewer: where all of them are still said, it was refused before it counted.
    return { result, done: result < 0 && done === count && result !== NOT_THERE ? 0 : done }
  }
}

function offsetOf(table: BatchTable, field: BatchTable['fields'][number]['name']): number {
  return table.fields.find(({ name }) => name === field)?.offset ?? 0
}
