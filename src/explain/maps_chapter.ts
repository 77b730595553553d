import { mapTypeName } from '../abi/map_type_name.ts'
import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType, describeVariable } from '../btf/describe_type.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfMember } from '../btf/types.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { GlobalVariable } from '../object/globals.ts'
import type { MapSpec } from '../object/map_spec.ts'
import { describeDeclaration } from '../relocate/describe_declaration.ts'
import type { ExternResolution } from '../relocate/extern_resolution.ts'
import type {
  DefinitionMember,
  ExternReport,
  MapReport,
  MapsChapter,
  NamedValue,
  VariableReport,
} from './explanation.ts'
import { externText } from './program_report.ts'
import { tried } from './tried.ts'

/** Where maps, variables and externs stand, and what becomes of them. */
export function mapsChapter(
  spec: ObjectSpec | undefined,
  resolutions: ReadonlyMap<string, ExternResolution>,
): MapsChapter {
  if (spec === undefined) return { maps: [], variables: [], externs: [] }
  return {
    maps: [...spec.maps.values()].map((map) => mapReport(spec, map)),
    variables: spec.variables.map((variable) => variableReport(spec, variable)),
    externs: externReports(spec, resolutions),
  }
}

function mapReport(spec: ObjectSpec, map: MapSpec): MapReport {
  const { origin, initialSlots } = map
  return {
    name: map.name,
    type: mapTypeName(map.type),
    section: spec.elf.sections[origin.section]?.name ?? '',
    offset: origin.kind === 'definition' ? origin.offset : undefined,
    definition: origin.kind === 'definition' ? definitionOf(spec, map) : [],
    attributes: attributesOf(map),
    initialSlots: initialSlots.map(({ index, target }) => ({
      index,
      target: `${target.kind} ${target.name}`,
    })),
    notes: notesOf(map),
    problem: map.problem,
  }
}

/** As BPF_MAP_CREATE takes them, in the order of `union bpf_attr`. */
function attributesOf(map: MapSpec): readonly NamedValue[] {
  const fields: readonly (readonly [string, number | bigint])[] = [
    ['map_type', map.type],
    ['key_size', map.keySize],
    ['value_size', map.valueSize],
    ['max_entries', map.maxEntries],
    ['map_flags', map.flags],
    ['numa_node', map.numaNode],
    ['btf_key_type_id', map.keyType],
    ['btf_value_type_id', map.valueType],
    ['map_extra', map.mapExtra],
  ]
  return fields
    .filter(([, value]) => value !== 0 && value !== 0n)
    .map(([name, value]) => ({ name, value: String(value) }))
}

function notesOf({ origin, pinning, autocreate, innerMap, name }: MapSpec): readonly string[] {
  const notes: string[] = []
  if (origin.kind === 'data') {
    notes.push(`one value: the bytes of section ${origin.sectionName}`)
    if (origin.readOnly)
      notes.push('frozen once it is filled, so that the verifier takes its bytes for constants')
  }
  if (origin.kind === 'struct_ops') notes.push('one value: functions for the kernel to call')
  if (pinning === 'by-name') notes.push(`a load pins it as ${name}, or uses the one that is pinned there`)
  if (innerMap !== undefined) notes.push(`holds maps of type ${mapTypeName(innerMap.type)}`)
  if (!autocreate) notes.push('a load does not create it')
  return notes
}

/** The members of the struct that the variable is declared as. */
function definitionOf({ btf }: ObjectSpec, map: MapSpec): readonly DefinitionMember[] {
  if (btf === undefined) return []
  return tried<readonly DefinitionMember[]>([], () => {
    const section = btf.find('.maps', 'datasec')
    const variable = section?.variables
      .map(({ type }) => btf.type(type))
      .find(({ name }) => name === map.name)
    if (variable?.kind !== 'var') return []
    const type = resolve(btf, variable.type)
    return type.kind === 'struct' ? type.members.map((member) => definitionMember(btf, member, map)) : []
  })
}

function definitionMember(btf: Btf, { name, type }: BtfMember, map: MapSpec): DefinitionMember {
  return {
    declaration: `${describeVariable(btf, type, name)};`,
    encoding: encodingOf(btf, type),
    meaning: meaningOf(btf, name, type, map),
  }
}

/** The chain of types: a pointer to an array whose length is the number, or to a type that is meant. */
function encodingOf(btf: Btf, id: TypeId): string {
  const type = btf.type(id)
  if (type.kind === 'ptr') return `ptr #${id} -> ${encodingOf(btf, type.target)}`
  if (type.kind === 'array') return `array #${id} of ${type.length}`
  return `${type.kind} #${id}`
}

function meaningOf(btf: Btf, name: string, type: TypeId, map: MapSpec): string {
  const pointer = resolve(btf, type)
  const target = pointer.kind === 'ptr' ? btf.type(pointer.target) : undefined
  if (name === 'key' || name === 'value') {
    const size = name === 'key' ? map.keySize : map.valueSize
    return `${name}_size = ${size}, of ${target === undefined ? 'no type' : describeType(btf, target.id)}`
  }
  if (target?.kind !== 'array') return name === 'values' ? 'the initial slots' : ''
  if (name === 'type') return `map_type = ${target.length}, ${mapTypeName(target.length)}`
  if (name === 'pinning') return target.length === 1 ? 'pinned by name' : 'not pinned'
  return `${name} = ${target.length}`
}

/** Bytes: of a larger variable nobody reads the value here. */
const MAX_DECODED_SIZE = 4096

/** Characters of a value. */
const MAX_VALUE_LENGTH = 120

function variableReport(spec: ObjectSpec, variable: GlobalVariable): VariableReport {
  const { name, sectionName, offset, size, type, linkage } = variable
  const { btf } = spec
  return {
    name,
    section: sectionName,
    offset,
    size,
    declaration: btf === undefined ? name : declarationOf(btf, type, name, linkage),
    value: tried(undefined, () => valueText(spec, variable)),
  }
}

function declarationOf(btf: Btf, type: TypeId, name: string, linkage: string): string {
  return tried(name, () => `${linkage === 'static' ? 'static ' : ''}${describeVariable(btf, type, name)}`)
}

function valueText({ globals }: ObjectSpec, variable: GlobalVariable): string | undefined {
  const { name, sectionName, offset, size } = variable
  if (size > MAX_DECODED_SIZE) return undefined
  const value = globals[`${sectionName}/${name}@${offset}`]
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
  const shown = typeof value === 'bigint' ? String(value) : text
  return shown.length > MAX_VALUE_LENGTH ? `${shown.slice(0, MAX_VALUE_LENGTH - 1)}…` : shown
}

function externReports(
  { externs, btf }: ObjectSpec,
  resolutions: ReadonlyMap<string, ExternResolution>,
): readonly ExternReport[] {
  return [...externs.values()].map((extern) => {
    const { name, kind, weak, type } = extern
    const resolution = resolutions.get(name)
    return {
      name,
      sort: kind,
      weak,
      declaration: btf === undefined ? name : tried(name, () => describeDeclaration(btf, type)),
      resolution: resolution === undefined ? undefined : externText(resolution),
    }
  })
}
