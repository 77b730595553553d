import { bpf_map_type } from '../abi/generated/bpf.ts'
import { type ByteOffset, type SectionIndex, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
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

/** What cannot be understood of a definition is the map's `problem`: it costs the map and who needs it, not the object. */
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
  const attributes: Attributes = {}
  understand(attributes, 'its type', () => {
    readAttributes(source, structOf(source.btf, variable.type, 'its type is'), attributes)
    attributes.initialSlots = initialSlots(variable, requireType(attributes), attributes, slots)
  })
  return new MapSpec({
    ...attributes,
    type: attributes.type ?? bpf_map_type.BPF_MAP_TYPE_UNSPEC,
    name: variable.name,
    origin: { kind: 'definition', section: source.section, offset: variable.offset },
  })
}

/** Has what cannot be understood become the map's problem; the first one is told. */
function understand(attributes: Attributes, what: string, read: () => void): void {
  try {
    read()
  } catch (error) {
    if (error instanceof ObjectError) attributes.problem ??= error.message
    else if (error instanceof BtfError) attributes.problem ??= `${what}: ${error.message.replace(/\.$/, '')}`
    else throw error
  }
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
  initialSlots?: readonly InitialSlot[]
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

function readAttributes(source: MapDefinitionSource, definition: BtfComposite, attributes: Attributes): void {
  for (const { name, type, bitOffset } of definition.members) {
    const fail = (found: string): ObjectError => badMap(`attribute ${name} ${found}`)
    const member: AttributeMember = { btf: source.btf, type, fail }
    const read = attributeReaders.get(name)
    understand(attributes, `attribute ${name}`, () => {
      if (name === VALUES) {
        attributes.valuesOffset = bitOffset / 8
        readValues(source, member, attributes)
      } else if (read === undefined) throw badMap(unknownAttribute(name))
      else read(member, attributes)
    })
  }
}

/** Values of maps that hold maps or programs are descriptors for user space, and ids when they are read. */
const DESCRIPTOR_SIZE = 4

function readValues(source: MapDefinitionSource, member: AttributeMember, attributes: Attributes): void {
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
  readInnerMap(source, structOf(source.btf, target, 'attribute values declares maps of'), attributes)
}

function readInnerMap(source: MapDefinitionSource, definition: BtfComposite, attributes: Attributes): void {
  if (definition.members.some((member) => member.name === VALUES)) {
    throw badMap('its maps hold maps themselves, and the kernel has one level only')
  }
  const inner: Attributes = {}
  readAttributes(source, definition, inner)
  if (inner.pinning === 'by-name') {
    inner.problem ??= 'they are to be pinned, which only a map with a name of its own can be'
  }
  understand(inner, 'their type', () => requireType(inner))
  if (inner.problem !== undefined) attributes.problem ??= `of its inner maps, ${inner.problem}`
  attributes.innerMap = {
    type: inner.type ?? bpf_map_type.BPF_MAP_TYPE_UNSPEC,
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
  variable: MapVariable,
  type: number,
  { keySize, valuesOffset }: Attributes,
  relocations: readonly SlotRelocation[],
): readonly InitialSlot[] {
  if (relocations.length === 0) return []
  if (valuesOffset === undefined) throw badMap('it has an initializer, and no attribute values')
  return readInitialSlots({ type, keySize, start: variable.offset + valuesOffset, relocations, fail: badMap })
}

/** `enum libbpf_pin_type` of bpf_helpers.h. */
function pinningOf(member: AttributeMember): MapPinning {
  const pinning = numberOf(member)
  if (pinning > 1) throw member.fail(`is ${pinning}; it is 0 (LIBBPF_PIN_NONE) or 1 (LIBBPF_PIN_BY_NAME)`)
  return pinning === 1 ? 'by-name' : 'none'
}

function requireType({ type }: Attributes): number {
  if (type === undefined || type === 0) throw badMap('it has no type attribute')
  return type
}

function structOf(btf: Btf, id: TypeId, what: string): BtfComposite {
  const type = resolve(btf, id)
  if (type.kind === 'struct') return type
  throw badMap(`${what} kind ${type.kind}, not a struct`)
}

function unknownAttribute(attribute: string): string {
  const known = [...attributeReaders.keys(), VALUES].join(', ')
  return `attribute '${attribute}' is not known; known are ${known}`
}

/** What is wrong with a definition. Only `understand` sees it. */
function badMap(found: string): ObjectError {
  return new ObjectError('OBJECT_BAD_MAP', found)
}
