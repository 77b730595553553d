import type { ByteOffset, SectionIndex, TypeId } from '../base/units.ts'
import { VOID } from '../base/units.ts'
import { ObjectError } from './object_error.ts'

/** What a map is made of: everything that BPF_MAP_CREATE is told, and what the map holds from the start. */
export interface MapAttributes {
  readonly name: string
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
  readonly valueType: TypeId
  readonly origin: MapOrigin
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
  /** What a data section's map holds from the start; a copy of the section's bytes. Empty for other maps. */
  readonly contents: Uint8Array
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
}

type MapSpecValues = Pick<MapAttributes, 'name' | 'type' | 'origin'> &
  Partial<Omit<MapAttributes, 'name' | 'type' | 'origin'>> & { readonly contents?: Uint8Array }
