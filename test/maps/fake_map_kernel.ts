import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import { SyscallError } from '../../src/kernel/syscall_error.ts'
import { BpfMap, type HeldMapAttributes } from '../../src/maps/bpf_map.ts'
import { FileDescriptor } from '../../src/kernel/file_descriptor.ts'
import { VOID } from '../../src/base/units.ts'
import { type MapKind, mapKindFacts } from '../../src/maps/map_kind.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'

type Command = keyof typeof bpf_cmd

export const [ENOENT, E2BIG, EINVAL, EEXIST, ENOSPC, EPERM, ENOTSUPP] = [2, 7, 22, 17, 28, 1, 524]

const BUCKETS = 4

/** How many cpus the fake can have. */
export const FAKE_CPUS = 3

/**
 * A kernel with one map, a hash with four buckets by the first byte of the key. Tests reach into it between the calls, as
 * programs do.
 */
export class FakeMapKernel extends FakeKernel {
  /** By key, as text. */
  readonly entries = new Map<string, Uint8Array>()
  readonly calls: Command[] = []
  /** Commands that answer this errno. */
  readonly refusals = new Map<Command, number>()
  maxEntries = 1000
  /** Runs before each call. */
  before: (command: Command) => void = () => undefined

  constructor() {
    super({ files: { '/sys/devices/system/cpu/possible': `0-${FAKE_CPUS - 1}\n` } })
    this.onBpf = (number, attr) => this.#answer(number, attr)
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.entries.set(text(key), value.slice())
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.entries.get(text(key))
  }

  #answer(number: number, attr: EncodedAttr): number {
    const [name] = Object.entries(bpf_cmd).find(([, each]) => each === number) ?? []
    const command = name as Command
    this.calls.push(command)
    this.before(command)
    const refusal = this.refusals.get(command)
    if (refusal !== undefined) this.#fail(command, refusal)
    return this.#answers[command]?.(attr) ?? this.#fail(command, EINVAL)
  }

  readonly #answers: Partial<Record<Command, (attr: EncodedAttr) => number>> = {
    BPF_MAP_LOOKUP_ELEM: (attr) => {
      buffer(attr, 'value').set(this.#valueOf('BPF_MAP_LOOKUP_ELEM', attr))
      return 0
    },
    BPF_MAP_LOOKUP_AND_DELETE_ELEM: (attr) => {
      buffer(attr, 'value').set(this.#valueOf('BPF_MAP_LOOKUP_AND_DELETE_ELEM', attr))
      this.entries.delete(text(buffer(attr, 'key')))
      return 0
    },
    BPF_MAP_UPDATE_ELEM: (attr) => {
      this.#store('BPF_MAP_UPDATE_ELEM', buffer(attr, 'key'), buffer(attr, 'value'), u32(attr, 24))
      return 0
    },
    BPF_MAP_DELETE_ELEM: (attr) =>
      this.entries.delete(text(buffer(attr, 'key'))) ? 0 : this.#fail('BPF_MAP_DELETE_ELEM', ENOENT),
    BPF_MAP_GET_NEXT_KEY: (attr) => {
      buffer(attr, 'next_key').set(bytes(this.#keyBehind('BPF_MAP_GET_NEXT_KEY', attr)))
      return 0
    },
    BPF_MAP_LOOKUP_BATCH: (attr) => this.#readBatch('BPF_MAP_LOOKUP_BATCH', attr),
    BPF_MAP_LOOKUP_AND_DELETE_BATCH: (attr) => this.#readBatch('BPF_MAP_LOOKUP_AND_DELETE_BATCH', attr),
    BPF_MAP_UPDATE_BATCH: (attr) => this.#writeBatch('BPF_MAP_UPDATE_BATCH', attr),
    BPF_MAP_DELETE_BATCH: (attr) => this.#writeBatch('BPF_MAP_DELETE_BATCH', attr),
  }

  #valueOf(command: Command, attr: EncodedAttr): Uint8Array {
    return this.entries.get(text(buffer(attr, 'key'))) ?? this.#fail(command, ENOENT)
  }

  #store(command: Command, key: Uint8Array, value: Uint8Array, flags: number): void {
    const known = this.entries.has(text(key))
    if (flags === 1 && known) this.#fail(command, EEXIST)
    if (flags === 2 && !known) this.#fail(command, ENOENT)
    if (!known && this.entries.size === this.maxEntries) this.#fail(command, E2BIG)
    this.put(key, value)
  }

  /** As the kernel: the first key of all where there is none, or it is not there any more. */
  #keyBehind(command: Command, attr: EncodedAttr): string {
    const keys = [...this.entries.keys()]
    const from = attr.pointers.some(({ field }) => field === 'key') ? text(buffer(attr, 'key')) : ''
    return keys[keys.indexOf(from) + 1] ?? this.#fail(command, ENOENT)
  }

  #readBatch(command: Command, attr: EncodedAttr): number {
    const [keys, values, cursor] = [buffer(attr, 'keys'), buffer(attr, 'values'), buffer(attr, 'out_batch')]
    const room = u32(attr, 32)
    const isFirst = !attr.pointers.some(({ field }) => field === 'in_batch')
    let bucket = isFirst ? 0 : (cursor[0] ?? 0)
    let count = 0
    for (; bucket < BUCKETS; bucket++) {
      const found = [...this.entries].filter(([key]) => key.charCodeAt(0) % BUCKETS === bucket)
      if (count + found.length > room) break
      for (const [key, value] of found) {
        keys.set(bytes(key), count * key.length)
        values.set(value, count * value.length)
        count++
        if (command === 'BPF_MAP_LOOKUP_AND_DELETE_BATCH') this.entries.delete(key)
      }
    }
    cursor[0] = bucket
    setU32(attr, 32, count)
    if (bucket < BUCKETS && count === 0) this.#fail(command, ENOSPC)
    return bucket < BUCKETS ? 0 : this.#fail(command, ENOENT)
  }

  #writeBatch(command: Command, attr: EncodedAttr): number {
    const count = u32(attr, 32)
    const keys = buffer(attr, 'keys')
    const keySize = [...this.entries.keys()][0]?.length ?? 4
    for (let index = 0; index < count; index++) {
      const key = keys.subarray(index * keySize, (index + 1) * keySize)
      setU32(attr, 32, index)
      if (command === 'BPF_MAP_DELETE_BATCH') {
        if (!this.entries.delete(text(key))) this.#fail(command, ENOENT)
      } else {
        const values = buffer(attr, 'values')
        const size = values.length / (keys.length / keySize)
        this.#store(command, key, values.subarray(index * size, (index + 1) * size), u32(attr, 40))
      }
    }
    setU32(attr, 32, count)
    return 0
  }

  #fail(command: Command, errno: number): never {
    throw new SyscallError({ syscall: 'bpf', command, errno })
  }
}

/** A handle of the fake's map: with keys of 4 bytes and values of 8, of the kind that the test says. */
export function fakeMap(
  kernel: FakeMapKernel,
  kind: MapKind = 'hash',
  changes: Partial<HeldMapAttributes> = {},
): BpfMap {
  const attributes: HeldMapAttributes = {
    name: 'counts',
    type: mapKindFacts(kind).type,
    keySize: 4,
    valueSize: 8,
    maxEntries: kernel.maxEntries,
    flags: 0,
    numaNode: 0,
    mapExtra: 0n,
    keyType: VOID,
    valueType: VOID,
    ...changes,
  }
  return new BpfMap(kernel, new FileDescriptor(kernel, kernel.allocate('map'), 'map counts'), attributes)
}

/** A key of 4 bytes. */
export function key(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8, 0, 0)
}

/** A value of 8 bytes. */
export function value(first: number): Uint8Array {
  return Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0)
}

function buffer({ pointers }: EncodedAttr, name: string): Uint8Array {
  return pointers.find(({ field }) => field === name)?.target ?? new Uint8Array()
}

function u32({ bytes: attr }: EncodedAttr, offset: number): number {
  return new DataView(attr.buffer, attr.byteOffset, attr.length).getUint32(offset, true)
}

function setU32({ bytes: attr }: EncodedAttr, offset: number, number: number): void {
  new DataView(attr.buffer, attr.byteOffset, attr.length).setUint32(offset, number, true)
}

function text(key: Uint8Array): string {
  return String.fromCharCode(...key)
}

function bytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}
