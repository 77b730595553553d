import { bpf_map_type } from '../../abi/generated/bpf.ts'
import { listOfNames } from '../../base/list_of_names.ts'
import type { TypeId } from '../../base/units.ts'
import { recordType } from '../../loader/record_stream.ts'
import type { MapSpec } from '../../object/map_spec.ts'
import type { ObjectSpec } from '../../object/object_spec.ts'
import { exactLength, paddedLength, type RecordLength } from '../../run/record_sizes.ts'
import { findRecordTypes, type RecordTypes } from '../../run/record_types.ts'
import { BadArgument } from '../../tool/bad_argument.ts'

/** A map that carries records to user space. */
export interface BufferPlan {
  readonly map: string
  readonly kind: 'ring buffer' | 'perf buffer'
  readonly types: RecordTypes
  readonly lengthOf: RecordLength
}

const kinds: ReadonlyMap<number, Pick<BufferPlan, 'kind' | 'lengthOf'>> = new Map([
  [bpf_map_type.BPF_MAP_TYPE_RINGBUF, { kind: 'ring buffer', lengthOf: exactLength }],
  [bpf_map_type.BPF_MAP_TYPE_PERF_EVENT_ARRAY, { kind: 'perf buffer', lengthOf: paddedLength }],
])

/**
 * The buffers of an object, and what their records are.
 *
 * @param events Types by the names of buffers.
 * @throws BadArgument for a type of a map that is no buffer; ObjectError 'OBJECT_UNKNOWN_NAME' for a type that there is not; BtfError
 */
export function planBuffers(spec: ObjectSpec, events: ReadonlyMap<string, string>): readonly BufferPlan[] {
  const maps = [...spec.maps.values()].filter(({ type, autocreate }) => autocreate && kinds.has(type))
  const names = maps.map(({ name }) => name)
  const unknown = [...events.keys()].find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const known = listOfNames(names)
    throw new BadArgument(
      `Invalid value of --event: ${spec.elf.name} has no ring buffer or perf buffer ${unknown}; it has ${known || 'none'}`,
    )
  }
  return maps.flatMap((map) => {
    const kind = kinds.get(map.type)
    return kind === undefined
      ? []
      : [{ map: map.name, ...kind, types: typesOf(spec, map, events.get(map.name)) }]
  })
}

function typesOf(spec: ObjectSpec, map: MapSpec, name: string | undefined): RecordTypes {
  return findRecordTypes(spec, map, name === undefined ? undefined : namedType(spec, name))
}

/** `struct event` is the same as `event`. */
function namedType({ btf, elf }: ObjectSpec, name: string): TypeId {
  if (btf === undefined)
    throw new BadArgument(`Invalid value of --event: ${elf.name} has no BTF; build it with clang -g`)
  return recordType(btf, name.replace(/^(?:struct|union) /, ''))
}
