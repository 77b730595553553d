import { type ByteOffset, type SectionIndex, type TypeId, VOID } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { sizeOf } from '../btf/layout.ts'
import { resolve, skipModifiers } from '../btf/resolve.ts'
import type { BtfComposite } from '../btf/types.ts'
import { MapSpec } from './map_spec.ts'
import { ObjectError } from './object_error.ts'

/**
 * Reads the map definitions of the `.maps` section. A definition is a variable whose bytes mean nothing: its type says it
 * all, through the macros of bpf_helpers.h. `__uint(max_entries, 64)` declares a member `int (*max_entries)[64]`, so that
 * the number is an array's length in BTF; `__type(key, u32)` declares `u32 *key`. Only pointers are used, since the
 * struct then has a size however large the key is.
 */
export interface MapDefinitionSource {
  readonly object: string
  readonly btf: Btf
  readonly section: SectionIndex
  /** The variables of `.maps`, with their places in the section. */
  readonly variables: readonly MapVariable[]
}

export interface MapVariable {
  readonly name: string
  readonly type: TypeId
  readonly offset: ByteOffset
}

/** @throws ObjectError 'OBJECT_BAD_MAP' naming the map and the attribute; 'OBJECT_UNSUPPORTED' for one not handled yet. */
export function readMapDefinitions(source: MapDefinitionSource): readonly MapSpec[] {
  return source.variables.map((variable) => readMapDefinition(source, variable))
}

function readMapDefinition(source: MapDefinitionSource, variable: MapVariable): MapSpec {
  const definition = resolve(source.btf, variable.type)
  if (definition.kind !== 'struct') {
    throw badMap(source, variable.name, `its type is of kind ${definition.kind}, not a struct`)
  }
  const attributes = readAttributes(source, variable.name, definition)
  if (attributes.type === undefined) throw badMap(source, variable.name, 'it has no type attribute')
  return new MapSpec({
    ...attributes,
    type: attributes.type,
    name: variable.name,
    origin: { kind: 'definition', section: source.section, offset: variable.offset },
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
}

/** One member of a definition, and how to complain about it. */
interface AttributeMember {
  readonly btf: Btf
  readonly type: TypeId
  readonly fail: (found: string) => ObjectError
}

type AttributeReader = (member: AttributeMember, attributes: Attributes) => void

const attributeReaders: ReadonlyMap<string, AttributeReader> = new Map<string, AttributeReader>([
  ['type', (member, attributes) => (attributes.type = numberOf(member))],
  ['max_entries', (member, attributes) => (attributes.maxEntries = numberOf(member))],
  ['map_flags', (member, attributes) => (attributes.flags = numberOf(member))],
  ['numa_node', (member, attributes) => (attributes.numaNode = numberOf(member))],
  ['map_extra', (member, attributes) => (attributes.mapExtra = wideNumberOf(member))],
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

function readAttributes(source: MapDefinitionSource, map: string, definition: BtfComposite): Attributes {
  const attributes: Attributes = {}
  for (const { name, type } of definition.members) {
    const read = attributeReaders.get(name)
    if (read === undefined) throw unsupported(source, map, name)
    const fail = (found: string): ObjectError => badMap(source, map, `attribute ${name} ${found}`)
    read({ btf: source.btf, type, fail }, attributes)
  }
  return attributes
}

/** The number that `__uint()` declares. */
function numberOf(member: AttributeMember): number {
  const type = skipModifiers(member.btf, member.type)
  if (type.kind !== 'ptr') throw member.fail(`is of kind ${type.kind}, not a pointer as __uint() declares`)
  const array = skipModifiers(member.btf, type.target)
  if (array.kind !== 'array') throw member.fail('is no pointer to an array, as __uint() declares')
  return array.length
}

/** The 64-bit number that `__ulong()` declares, as the only enumerator of an enum; or one that `__uint()` declares. */
function wideNumberOf(member: AttributeMember): bigint {
  const type = skipModifiers(member.btf, member.type)
  if (type.kind !== 'enum' && type.kind !== 'enum64') return BigInt(numberOf(member))
  const [only, ...others] = type.enumerators
  if (only === undefined || others.length > 0) {
    throw member.fail(`is an enum of ${type.enumerators.length} values, not of one as __ulong() declares`)
  }
  return BigInt.asUintN(64, only.value)
}

/** The type that `__type()` declares. */
function targetOf(member: AttributeMember): TypeId {
  const type = skipModifiers(member.btf, member.type)
  if (type.kind !== 'ptr') throw member.fail(`is of kind ${type.kind}, not a pointer as __type() declares`)
  if (type.target === VOID) throw member.fail('points to void, which has no size')
  return type.target
}

function agree(member: AttributeMember, known: number | undefined, size: number): number {
  if (known !== undefined && known !== size) {
    throw member.fail(`gives a size of ${size} bytes, another attribute one of ${known}`)
  }
  return size
}

function badMap(source: MapDefinitionSource, map: string, found: string): ObjectError {
  return new ObjectError(
    'OBJECT_BAD_MAP',
    `${source.object}: cannot read the definition of map ${map} in .maps: ${found}`,
    {
      object: source.object,
      section: '.maps',
      map,
    },
  )
}

function unsupported(source: MapDefinitionSource, map: string, attribute: string): ObjectError {
  const known = [...attributeReaders.keys()].join(', ')
  return new ObjectError(
    'OBJECT_UNSUPPORTED',
    `${source.object}: map ${map} has the attribute '${attribute}', which this version does not handle; it handles ${known}`,
    { object: source.object, section: '.maps', map },
  )
}
