import { bpf_map_type } from '../abi/generated/bpf.ts'
import { type ByteOffset, type SectionIndex, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfComposite } from '../btf/types.ts'
import {
  agree,
  arrayTargetOf,
  type AttributeMember,
  numberOf,
  targetOf,
  wideNumberOf,
} from './map_definition_member.ts'
import { type InitialSlot, type MapPinning, type MapShape, MapSpec } from './map_spec.ts'
import { isMapOfMaps, readInitialSlots, slotsByDefinition, type SlotRelocation } from './map_slots.ts'
import { ObjectError } from './object_error.ts'

/**
 * Reads the map definitions of the `.maps` section. A definition is a variable whose bytes mean nothing: its type says it
 * all, through the macros of bpf_helpers.h. `__uint(max_entries, 64)` declares a member `int (*max_entries)[64]`, so that
 * the number is an array's length in BTF; `__type(key, u32)` declares `u32 *key`. Only pointers are used, since the
 * struct then has a size however large the key is. `__array(values, struct inner)` declares `struct inner *values[]`; its
 * initializer is the one part of a definition that is in its bytes, as relocations: the slots of the map.
 */
export interface MapDefinitionSource {
  readonly object: string
  readonly btf: Btf
  readonly section: SectionIndex
  /** The variables of `.maps`, with their places in the section. */
  readonly variables: readonly MapVariable[]
  /** What the initializers of the variables refer to. */
  readonly slots: readonly SlotRelocation[]
}

export interface MapVariable {
  readonly name: string
  readonly type: TypeId
  readonly offset: ByteOffset
}

/**
 * An attribute that is not known costs the map, not the object: it becomes the map's `problem`, which a load reports when
 * the map is to be created.
 *
 * @throws ObjectError 'OBJECT_BAD_MAP' naming the map and the attribute.
 */
export function readMapDefinitions(source: MapDefinitionSource): readonly MapSpec[] {
  const starts = source.variables.map(({ offset }) => offset)
  const slots = slotsByDefinition(starts, source.slots)
  return source.variables.map((variable) =>
    readMapDefinition(source, variable, slots.get(variable.offset) ?? []),
  )
}

function readMapDefinition(
  source: MapDefinitionSource,
  variable: MapVariable,
  slots: readonly SlotRelocation[],
): MapSpec {
  const definition = resolve(source.btf, variable.type)
  if (definition.kind !== 'struct') {
    throw badMap(source, variable.name, `its type is of kind ${definition.kind}, not a struct`)
  }
  const attributes = readAttributes(source, variable.name, definition)
  const type = requireType(source, variable.name, attributes)
  return new MapSpec({
    ...attributes,
    type,
    name: variable.name,
    origin: { kind: 'definition', section: source.section, offset: variable.offset },
    initialSlots: initialSlots(source, variable, type, attributes, slots),
  })
}

/** The attributes that definitions know, filled in member by member. */
interface Attributes {
  type?: number
  keySize?: number
  valueSize?: number
  maxEntries?: number
  flags?: number
  numaNode?: number
  mapExtra?: bigint
  keyType?: TypeId
  valueType?: TypeId
  pinning?: MapPinning
  innerMap?: MapShape
  /** Where in the definition `values` starts, in bytes. */
  valuesOffset?: number
  problem?: string
}

type AttributeReader = (member: AttributeMember, attributes: Attributes) => void

const attributeReaders: ReadonlyMap<string, AttributeReader> = new Map<string, AttributeReader>([
  ['type', (member, attributes) => (attributes.type = numberOf(member))],
  ['max_entries', (member, attributes) => (attributes.maxEntries = numberOf(member))],
  ['map_flags', (member, attributes) => (attributes.flags = numberOf(member))],
  ['numa_node', (member, attributes) => (attributes.numaNode = numberOf(member))],
  ['map_extra', (member, attributes) => (attributes.mapExtra = wideNumberOf(member))],
  ['pinning', (member, attributes) => (attributes.pinning = pinningOf(member))],
  [
    'key_size',
    (member, attributes) => (attributes.keySize = agree(member, attributes.keySize, numberOf(member))),
  ],
  [
    'value_size',
    (member, attributes) => (attributes.valueSize = agree(member, attributes.valueSize, numberOf(member))),
  ],
  [
    'key',
    (member, attributes) => {
      attributes.keyType = targetOf(member)
      attributes.keySize = agree(member, attributes.keySize, sizeOf(member.btf, attributes.keyType))
    },
  ],
  [
    'value',
    (member, attributes) => {
      attributes.valueType = targetOf(member)
      attributes.valueSize = agree(member, attributes.valueSize, sizeOf(member.btf, attributes.valueType))
    },
  ],
])

/** `values`, whose meaning depends on the attributes before it; it is the last one. */
const VALUES = 'values'

function readAttributes(source: MapDefinitionSource, map: string, definition: BtfComposite): Attributes {
  const attributes: Attributes = {}
  for (const { name, type, bitOffset } of definition.members) {
    const fail = (found: string): ObjectError => badMap(source, map, `attribute ${name} ${found}`)
    const member: AttributeMember = { btf: source.btf, type, fail }
    if (name === VALUES) {
      attributes.valuesOffset = bitOffset / 8
      readValues(source, map, member, attributes)
      continue
    }
    const read = attributeReaders.get(name)
    if (read === undefined) attributes.problem ??= unknownAttribute(name)
    else read(member, attributes)
  }
  return attributes
}

/** Values of maps that hold maps or programs are descriptors for user space, and ids when they are read. */
const DESCRIPTOR_SIZE = 4

function readValues(
  source: MapDefinitionSource,
  map: string,
  member: AttributeMember,
  attributes: Attributes,
): void {
  const holdsMaps = isMapOfMaps(attributes.type)
  if (!holdsMaps && attributes.type !== bpf_map_type.BPF_MAP_TYPE_PROG_ARRAY) {
    throw member.fail(
      `is for maps of maps and prog arrays, and stands behind type ${attributes.type ?? '(none)'}`,
    )
  }
  attributes.valueSize = agree(member, attributes.valueSize, DESCRIPTOR_SIZE)
  const target = arrayTargetOf(member)
  const kind = target === VOID ? 'void' : resolve(source.btf, target).kind
  if (!holdsMaps) {
    if (kind !== 'func_proto')
      throw member.fail(`declares values of kind ${kind}; a prog array has functions`)
    return
  }
  const definition = resolve(source.btf, target)
  if (definition.kind !== 'struct') throw member.fail(`declares maps by a ${kind}, not by a struct`)
  readInnerMap(source, `${map}.inner`, definition, attributes)
}

function readInnerMap(
  source: MapDefinitionSource,
  name: string,
  definition: BtfComposite,
  attributes: Attributes,
): void {
  if (definition.members.some((member) => member.name === VALUES)) {
    attributes.problem ??= 'its maps hold maps themselves, and the kernel has one level only'
    return
  }
  const inner = readAttributes(source, name, definition)
  if (inner.pinning === 'by-name') {
    throw badMap(source, name, 'it is to be pinned, which only a map with a name of its own can be')
  }
  if (inner.problem !== undefined) attributes.problem ??= `of its inner maps, ${inner.problem}`
  attributes.innerMap = {
    type: requireType(source, name, inner),
    keySize: inner.keySize ?? 0,
    valueSize: inner.valueSize ?? 0,
    maxEntries: inner.maxEntries ?? 0,
    flags: inner.flags ?? 0,
    numaNode: inner.numaNode ?? 0,
    mapExtra: inner.mapExtra ?? 0n,
    keyType: inner.keyType ?? VOID,
    valueType: inner.valueType ?? VOID,
  }
}

function initialSlots(
  source: MapDefinitionSource,
  variable: MapVariable,
  type: number,
  { keySize, valuesOffset }: Attributes,
  relocations: readonly SlotRelocation[],
): readonly InitialSlot[] {
  if (relocations.length === 0) return []
  const fail = (found: string): ObjectError => badMap(source, variable.name, found)
  if (valuesOffset === undefined) throw fail('it has an initializer, and no attribute values')
  return readInitialSlots({ type, keySize, start: variable.offset + valuesOffset, relocations, fail })
}

/** `enum libbpf_pin_type` of bpf_helpers.h. */
function pinningOf(member: AttributeMember): MapPinning {
  const pinning = numberOf(member)
  if (pinning > 1) throw member.fail(`is ${pinning}; it is 0 (LIBBPF_PIN_NONE) or 1 (LIBBPF_PIN_BY_NAME)`)
  return pinning === 1 ? 'by-name' : 'none'
}

function requireType(source: MapDefinitionSource, map: string, { type }: Attributes): number {
  if (type === undefined || type === 0) throw badMap(source, map, 'it has no type attribute')
  return type
}

function unknownAttribute(attribute: string): string {
  const known = [...attributeReaders.keys(), VALUES].join(', ')
  return `attribute '${attribute}' is not known; known are ${known}`
}

function badMap(source: MapDefinitionSource, map: string, found: string): ObjectError {
  return new ObjectError(
    'OBJECT_BAD_MAP',
    `${source.object}: cannot read the definition of map ${map} in .maps: ${found}`,
    { object: source.object, section: '.maps', map },
  )
}
