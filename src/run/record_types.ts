import { bpf_map_type } from '../abi/generated/bpf.ts'
import { type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { MapSpec } from '../object/map_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { excludedTypes } from './excluded_types.ts'
import { type RecordTail, recordTail } from './record_tail.ts'
import { relatedNames } from './related_names.ts'
import type { RecordLength } from './record_sizes.ts'

/** A type that a record may be of. */
export interface RecordType {
  readonly id: TypeId
  /** As C has it: `struct event`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** What its records may be shorter or longer by. */
  readonly tail: RecordTail | undefined
}

/** What is known of the type of a map's records before the first one comes. */
export type RecordTypes =
  /** Records are of this type; they may be longer. */
  | { readonly kind: 'known'; readonly type: RecordType; readonly from: string }
  /** A pointer variable has this type, so that the records whose size allows it are of it. */
  | { readonly kind: 'supposed'; readonly type: RecordType }
  /** A record's size decides. */
  | { readonly kind: 'by-size'; readonly types: readonly RecordType[] }

/** What a record is decoded as. */
export type RecordMatch =
  | { readonly kind: 'type'; readonly type: RecordType }
  /** The record is shorter than the type that it was said to have. */
  | { readonly kind: 'too-short'; readonly type: RecordType; readonly from: string }
  /** The record does not have the size of the type that it was supposed to have. */
  | { readonly kind: 'unfit'; readonly type: RecordType }
  /** None, or several of them, have the record's size. */
  | { readonly kind: 'unknown'; readonly fitting: readonly RecordType[] }

/**
 * Finds what says of what type a buffer's records are, in this order: the caller; the map's definition (`__type(value, ...)`);
 * a BTF tag, `event:MAP` on the type or `event:TYPE` on the map; the object's pointer variables to structs, which programmers
 * declare for nothing but to have the type in BTF. Without any of them a record's size has to tell.
 *
 * @param named The type that the caller names.
 * @throws BtfError for types that are broken
 */
export function findRecordTypes(spec: ObjectSpec, map: MapSpec, named: TypeId | undefined): RecordTypes {
  const { btf } = spec
  if (btf === undefined) return { kind: 'by-size', types: [] }
  const known = (id: TypeId, from: string): RecordTypes => ({ kind: 'known', type: typeOf(btf, id), from })
  if (named !== undefined) return known(named, '--event')
  if (map.valueType !== VOID) return known(map.valueType, "the map's definition")
  const tagged = taggedType(btf, map.name)
  if (tagged !== undefined) return known(tagged, 'a BTF tag')
  const excluded = excludedTypes(spec)
  const pointed = pointedTypes(spec, btf).filter((id) => !excluded.kernel.has(id))
  const related = relatedNames(map.name, pointed, (id) => btf.nameOf(id))
  // A lone pointer says nothing of a second buffer.
  const [only, ...others] = related.length === 0 && isOnlyBuffer(spec, map) ? pointed : related
  if (only !== undefined && others.length === 0) return { kind: 'supposed', type: typeOf(btf, only) }
  if (pointed.length > 0) return { kind: 'by-size', types: pointed.map((id) => typeOf(btf, id)) }
  return { kind: 'by-size', types: structs(btf, excluded) }
}

/**
 * What a record of `length` bytes is.
 *
 * @param lengthOf How long records of a type are.
 */
export function matchRecord(types: RecordTypes, length: number, lengthOf: RecordLength): RecordMatch {
  if (types.kind === 'known') {
    const { type, from } = types
    return length < leastSize(type) ? { kind: 'too-short', type, from } : { kind: 'type', type }
  }
  if (types.kind === 'supposed') {
    const { type } = types
    const fits = length >= leastSize(type) && (length <= lengthOf(type.size) || isFlexible(type))
    return { kind: fits ? 'type' : 'unfit', type }
  }
  const fitting = types.types.filter(({ size }) => lengthOf(size) === length)
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return { kind: 'type', type: only }
  return { kind: 'unknown', fitting }
}

function leastSize({ size, tail }: RecordType): number {
  return tail?.offset ?? size
}

/** Whether records of a type have any number of bytes behind it. */
export function isFlexible({ tail }: RecordType): boolean {
  return tail?.extent === 'flexible'
}

function isOnlyBuffer({ maps }: ObjectSpec, { name }: MapSpec): boolean {
  return [...maps.values()].every((other) => other.name === name || !bufferTypes.has(other.type))
}

const bufferTypes: ReadonlySet<number> = new Set([
  bpf_map_type.BPF_MAP_TYPE_RINGBUF,
  bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY,
])

function typeOf(btf: Btf, id: TypeId): RecordType {
  return { id, name: describeType(btf, id), size: sizeOf(btf, id), tail: recordTail(btf, id) }
}

/** What a tag begins with that says of what type records are. */
const TAG = 'event:'

function taggedType(btf: Btf, map: string): TypeId | undefined {
  for (const id of btf.idsOfKind('decl_tag')) {
    const tag = btf.type(id)
    if (tag.kind !== 'decl_tag' || tag.componentIndex !== -1 || !tag.name.startsWith(TAG)) continue
    const name = tag.name.slice(TAG.length)
    const target = btf.type(tag.target)
    if (target.kind === 'var') {
      if (target.name === map) return structNamed(btf, name)
    } else if (name === map) return tag.target
  }
  return undefined
}

function structNamed(btf: Btf, name: string): TypeId | undefined {
  return (btf.find(name, 'struct') ?? btf.find(name, 'union') ?? btf.find(name, 'typedef'))?.id
}

/** The structs that variables point to, each once. */
function pointedTypes({ variables }: ObjectSpec, btf: Btf): readonly TypeId[] {
  const found = new Set<TypeId>()
  for (const { type } of variables) {
    const pointer = resolve(btf, type)
    if (pointer.kind !== 'ptr') continue
    const target = resolve(btf, pointer.target)
    if (target.kind === 'struct' || target.kind === 'union') found.add(target.id)
  }
  return [...found]
}

/** Structs with names, without those that the programs read; and if that leaves a size to nobody, those that maps hold. */
function structs(btf: Btf, excluded: ReturnType<typeof excludedTypes>): readonly RecordType[] {
  const all = btf
    .idsOfKind('struct')
    .filter((id) => btf.nameOf(id) !== '' && !excluded.kernel.has(id))
    .map((id) => typeOf(btf, id))
  const own = all.filter(({ id }) => !excluded.maps.has(id))
  const sizes = new Set(own.map(({ size }) => size))
  return [...own, ...all.filter(({ id, size }) => excluded.maps.has(id) && !sizes.has(size))]
}
