import { type ByteOffset, type SectionIndex, type TypeId, VOID } from '../base/units.ts'
import { ObjectError } from './object_error.ts'

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

/** A map as the object defines it, editable before it is created. */
export class MapSpec implements MapAttributes {
  readonly name: string
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly flags: number
  readonly numaNode: number
  readonly mapExtra: bigint
  readonly keyType: TypeId
  readonly valueType: TypeId
  readonly origin: MapOrigin
  readonly pinning: MapPinning
  readonly innerMap: MapShape | undefined
  readonly initialSlots: readonly InitialSlot[]
  readonly problem: string | undefined
  /** What a data section's map holds from the start; a copy of the section's bytes. Empty for other maps. */
  readonly contents: Uint8Array
  /** Whether `loadObject` creates the map. Default true. */
  autocreate = true
  #maxEntries: number

  constructor(values: MapSpecValues) {
    this.name = values.name
    this.type = values.type
    this.keySize = values.keySize ?? 0
    this.valueSize = values.valueSize ?? 0
    this.flags = values.flags ?? 0
    this.numaNode = values.numaNode ?? 0
    this.mapExtra = values.mapExtra ?? 0n
    this.keyType = values.keyType ?? VOID
    this.valueType = values.valueType ?? VOID
    this.origin = values.origin
    this.pinning = values.pinning ?? 'none'
    this.innerMap = values.innerMap
    this.initialSlots = values.initialSlots ?? []
    this.problem = values.problem
    this.contents = values.contents ?? new Uint8Array()
    this.#maxEntries = values.maxEntries ?? 0
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
      contents: this.contents.slice(),
    }
  }
}

type MapSpecValues = Pick<MapAttributes, 'name' | 'type' | 'origin'> &
  Partial<Omit<MapAttributes, 'name' | 'type' | 'origin' | 'autocreate'>> & { readonly contents?: Uint8Array }

function shapeOf(map: MapShape): MapShape {
  const { type, keySize, valueSize, maxEntries, flags, numaNode, mapExtra, keyType, valueType } = map
  return { type, keySize, valueSize, maxEntries, flags, numaNode, mapExtra, keyType, valueType }
}
