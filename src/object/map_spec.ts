import { type ByteOffset, type SectionIndex, type TypeId, VOID } from '../base/units.ts'
import { ObjectError } from './object_error.ts'
import type { StructOpsAttributes, StructOpsSpec } from './struct_ops_spec.ts'

/** What BPF_MAP_CREATE is told of a map, but for its name. */
export interface MapShape {
  /** A number of `enum bpf_map_type`. */
  readonly type: number
  /** Bytes. */
  readonly keySize: number
  /** Bytes. */
  readonly valueSize: number
  readonly maxEntries: number
  /** `BPF_F_*` bits of BPF_MAP_CREATE. */
  readonly flags: number
  readonly numaNode: number
  readonly mapExtra: bigint
  /** In the object's BTF; `void` where the object does not tell. */
  readonly keyType: TypeId
  /** As `keyType`. For a ring buffer, whose values have no size, it is the type of its records. */
  readonly valueType: TypeId
}

/** What a map is made of: everything that BPF_MAP_CREATE is told, and what the map holds from the start. */
export interface MapAttributes extends MapShape {
  readonly name: string
  readonly origin: MapOrigin
  readonly pinning: MapPinning
  /** For a map of maps: what each of them is like. */
  readonly innerMap: MapShape | undefined
  /** The maps that a map of maps, or the programs that a prog array holds from the start. */
  readonly initialSlots: readonly InitialSlot[]
  /** Whether a load creates the map. Programs that are loaded must not refer to one that it does not. */
  readonly autocreate: boolean
  /** Why the map cannot be created, undefined where it can. It costs this map alone: the rest of the object is usable. */
  readonly problem: string | undefined
  /** For a struct_ops map: what it is made of. Its data members are in the contents, in the object's layout. */
  readonly structOps: StructOpsAttributes | undefined
}

/** Whether the map is shared through the BPF file system, under its name (`LIBBPF_PIN_BY_NAME` of bpf_helpers.h). */
export type MapPinning = 'none' | 'by-name'

/** One entry of a map of maps or a prog array; the key is the index, as a 32-bit number. */
export interface InitialSlot {
  readonly index: number
  readonly target: { readonly kind: 'map' | 'program'; readonly name: string }
}

/** Where in the object a map comes from; symbols of that section refer to it. */
export type MapOrigin =
  | { readonly kind: 'definition'; readonly section: SectionIndex; readonly offset: ByteOffset }
  | {
      readonly kind: 'data'
      readonly section: SectionIndex
      readonly sectionName: string
      /** Whether programs may only read it, so that it is frozen once it is filled. */
      readonly readOnly: boolean
    }
  | { readonly kind: 'struct_ops'; readonly section: SectionIndex; readonly sectionName: string }

/**
 * Bytes that all data sections of an object may have together, and that one may be resized to. `.bss` takes no room in the
 * file, so that a few bytes could ask for any amount of memory; and all of it has to be copied into the kernel.
 */
export const MAX_DATA_SIZE = 256 * 1024 * 1024

/** The array at the end of a data section, which takes what the section gains or loses. */
export interface ArrayTail {
  readonly name: string
  /** Bytes from the start of the section. */
  readonly offset: number
  /** Bytes, at least one. */
  readonly elementSize: number
}

/** A map as the object defines it, editable before it is created. */
export class MapSpec implements MapAttributes {
  readonly name: string
  readonly type: number
  readonly keySize: number
  readonly flags: number
  readonly numaNode: number
  readonly mapExtra: bigint
  readonly origin: MapOrigin
  readonly pinning: MapPinning
  readonly innerMap: MapShape | undefined
  readonly initialSlots: readonly InitialSlot[]
  readonly problem: string | undefined
  readonly structOps: StructOpsSpec | undefined
  /** Whether `loadObject` creates the map. Default true. */
  autocreate = true
  readonly #defined: { readonly valueSize: number; readonly keyType: TypeId; readonly valueType: TypeId }
  readonly #arrayTail: () => ArrayTail | undefined
  #valueSize: number
  #contents: Uint8Array
  #maxEntries: number

  constructor(values: MapSpecValues) {
    this.name = values.name
    this.type = values.type
    this.keySize = values.keySize ?? 0
    this.flags = values.flags ?? 0
    this.numaNode = values.numaNode ?? 0
    this.mapExtra = values.mapExtra ?? 0n
    this.origin = values.origin
    this.pinning = values.pinning ?? 'none'
    this.innerMap = values.innerMap
    this.initialSlots = values.initialSlots ?? []
    this.problem = values.problem
    this.structOps = values.structOps
    const { valueSize = 0, keyType = VOID, valueType = VOID } = values
    this.#defined = { valueSize, keyType, valueType }
    this.#arrayTail = values.arrayTail ?? (() => undefined)
    this.#valueSize = valueSize
    this.#contents = values.contents ?? new Uint8Array()
    this.#maxEntries = values.maxEntries ?? 0
  }

  /**
   * Bytes of a value. May be set, as with libbpf's `bpf_map__set_value_size`:
   *
   * - A data section's map is resized with its contents, which are cut off or go on with zeros. Where the last variable of
   *   the section is an array, that array gets more or fewer elements, also in the BTF that is loaded, and
   *   `ObjectSpec.globals` takes and gives as many. Where it is something else, the map is created without a value type.
   * - Any other map is created without key and value types, since those say another size.
   *
   * The size that the object defines brings back what it defines.
   *
   * @throws ObjectError 'OBJECT_BAD_VALUE' for what is no 32-bit unsigned integer; for a data section also for no bytes, more
   *   than 256 MiB, and a size at which its last array would not have one or more whole elements.
   */
  get valueSize(): number {
    return this.#valueSize
  }

  set valueSize(size: number) {
    if (!Number.isInteger(size) || size < 0 || size > 0xffff_ffff)
      throw this.#badSize(size, 'expected a 32-bit unsigned integer')
    if (this.origin.kind === 'data') this.#resizeData(size)
    this.#valueSize = size
  }

  /** In the object's BTF; `void` where the object does not tell, or where it tells of another size. */
  get keyType(): TypeId {
    return this.#isDescribed() ? this.#defined.keyType : VOID
  }

  /** As `keyType`. */
  get valueType(): TypeId {
    return this.#isDescribed() ? this.#defined.valueType : VOID
  }

  /** What a data section's map holds from the start; a copy of the section's bytes. Empty for other maps. */
  get contents(): Uint8Array {
    return this.#contents
  }

  /** Whether its values have the size that the object defines. */
  get hasDefinedSize(): boolean {
    return this.#valueSize === this.#defined.valueSize
  }

  get maxEntries(): number {
    return this.#maxEntries
  }

  /** @throws ObjectError 'OBJECT_BAD_VALUE' for what is no 32-bit unsigned integer. */
  set maxEntries(count: number) {
    if (!Number.isInteger(count) || count < 0 || count > 0xffff_ffff) {
      throw new ObjectError(
        'OBJECT_BAD_VALUE',
        `cannot set max_entries of map ${this.name} to ${count}: expected a 32-bit unsigned integer`,
        { map: this.name },
      )
    }
    this.#maxEntries = count
  }

  /** The attributes as they are now, and a copy of the contents; later edits of the spec do not reach it. */
  snapshot(): MapAttributes & { readonly contents: Uint8Array } {
    return {
      ...shapeOf(this),
      name: this.name,
      origin: this.origin,
      pinning: this.pinning,
      innerMap: this.innerMap,
      initialSlots: this.initialSlots,
      autocreate: this.autocreate,
      problem: this.problem,
      structOps: this.structOps?.snapshot(),
      contents: this.contents.slice(),
    }
  }

  #isDescribed(): boolean {
    return this.hasDefinedSize || this.#arrayTail() !== undefined
  }

  #resizeData(size: number): void {
    if (size === 0 || size > MAX_DATA_SIZE)
      throw this.#badSize(size, `expected 1 to ${MAX_DATA_SIZE} bytes for a data section`)
    const tail = size === this.#defined.valueSize ? undefined : this.#arrayTail()
    if (tail !== undefined && (size <= tail.offset || (size - tail.offset) % tail.elementSize !== 0)) {
      const { name, offset, elementSize } = tail
      throw this.#badSize(
        size,
        `its last variable ${name} is an array, so expected ${offset} bytes and one or more times ${elementSize}`,
      )
    }
    const contents = new Uint8Array(size)
    contents.set(this.#contents.subarray(0, size))
    this.#contents = contents
  }

  #badSize(size: number, expected: string): ObjectError {
    return new ObjectError(
      'OBJECT_BAD_VALUE',
      `cannot set value_size of map ${this.name} to ${size}: ${expected}`,
      {
        map: this.name,
      },
    )
  }
}

type MapSpecValues = Pick<MapAttributes, 'name' | 'type' | 'origin'> &
  Partial<Omit<MapAttributes, 'name' | 'type' | 'origin' | 'autocreate' | 'structOps'>> & {
    readonly contents?: Uint8Array
    /** For a data section; asked for only where the map is resized. Default: it ends with no array. */
    readonly arrayTail?: () => ArrayTail | undefined
    readonly structOps?: StructOpsSpec | undefined
  }

function shapeOf(map: MapShape): MapShape {
  const { type, keySize, valueSize, maxEntries, flags, numaNode, mapExtra, keyType, valueType } = map
  return { type, keySize, valueSize, maxEntries, flags, numaNode, mapExtra, keyType, valueType }
}
