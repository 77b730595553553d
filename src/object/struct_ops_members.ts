import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import { createDecoder } from '../btf/decoder.ts'
import { encodeValue } from '../btf/encode_value.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfMember } from '../btf/types.ts'
import type { BtfValue } from '../btf/value.ts'
import type { MapSpec } from './map_spec.ts'
import { ObjectError } from './object_error.ts'
import type { ProgramSpec } from './program_spec.ts'
import { isFunctionPointer, isStructOpsProgram } from './struct_ops.ts'
import type { StructOpsSpec } from './struct_ops_spec.ts'

/**
 * The members of one struct_ops map by name. A function pointer is the name of a program, `null` where it points nowhere; any
 * other member is a value, as a global variable's.
 */
export type StructOpsMembers = Record<string, BtfValue | null>

/** The struct_ops maps of an object by name. */
export type StructOps = Readonly<Record<string, StructOpsMembers>>

/** What the maps are looked up in. */
export interface StructOpsSource {
  readonly object: string
  readonly btf: Btf | undefined
  readonly maps: Iterable<MapSpec>
  readonly programs: ReadonlyMap<string, ProgramSpec>
}

/**
 * Access to the struct_ops maps of a spec before a load: what libbpf calls shadow types.
 *
 *     spec.structOps.dctcp.ssthresh = 'my_ssthresh'
 *     spec.structOps.dctcp.flags = 2
 *     spec.structOps.dctcp.cwnd_event = null
 *
 * Assigning to a name that no member has is an ObjectError 'OBJECT_UNKNOWN_NAME'; assigning what the member cannot hold, or
 * a program that is none for struct_ops maps, is one 'OBJECT_BAD_VALUE'; bitfields are 'OBJECT_UNSUPPORTED', since libbpf and
 * the kernel's types do without them.
 */
export function createStructOps(source: StructOpsSource): StructOps {
  const maps = withoutPrototype<StructOpsMembers>()
  for (const map of source.maps) {
    if (map.structOps === undefined || source.btf === undefined) continue
    const members = createMembers({ ...source, btf: source.btf, map, structOps: map.structOps })
    Object.defineProperty(maps, map.name, { enumerable: true, value: members })
  }
  return maps
}

interface MapSource extends StructOpsSource {
  readonly btf: Btf
  readonly map: MapSpec
  readonly structOps: StructOpsSpec
}

function createMembers(source: MapSource): StructOpsMembers {
  const members = withoutPrototype<BtfValue | null>()
  const struct = source.btf.type(source.structOps.type)
  for (const [index, member] of 'members' in struct ? struct.members.entries() : []) {
    if (member.name === '') continue
    const access = accessTo(source, index, member)
    Object.defineProperty(members, member.name, { enumerable: true, configurable: true, ...access })
  }
  return new Proxy(members, {
    set(target, name, value) {
      if (typeof name === 'string' && Object.hasOwn(target, name)) return Reflect.set(target, name, value)
      const known = Object.keys(target).join(', ')
      throw fail(source, 'OBJECT_UNKNOWN_NAME', `${String(name)}: it has only ${known || 'none'}`)
    },
  })
}

interface Access {
  readonly get: () => BtfValue | null
  readonly set: (value: unknown) => void
}

function accessTo(source: MapSource, index: number, member: BtfMember): Access {
  if (member.bitfieldSize !== 0) return bitfieldAccess(source, member)
  if (resolve(source.btf, member.type).kind !== 'ptr') return dataAccess(source, member)
  return isFunctionPointer(source.btf, member.type)
    ? functionAccess(source, index, member)
    : pointerAccess(source, member)
}

function bitfieldAccess(source: MapSource, { name }: BtfMember): Access {
  const refuse = (): never => {
    throw fail(source, 'OBJECT_UNSUPPORTED', `${name}: bitfields of struct_ops maps are not supported`)
  }
  return { get: refuse, set: refuse }
}

function functionAccess(source: MapSource, index: number, { name }: BtfMember): Access {
  const { functions } = source.structOps
  return {
    get: () => functions.get(index) ?? null,
    set(value) {
      if (value === null) {
        functions.delete(index)
        return
      }
      const program = typeof value === 'string' ? source.programs.get(value) : undefined
      if (program === undefined || !isStructOpsProgram(program)) {
        const expected = 'expected the name of a program in a struct_ops section, or null'
        throw fail(source, 'OBJECT_BAD_VALUE', `${name} to ${describe(value)}: ${expected}`)
      }
      functions.set(index, program.name)
    },
  }
}

/** Pointers to data mean something in the kernel only, which fills them in. */
function pointerAccess(source: MapSource, member: BtfMember): Access {
  const data = dataAccess(source, member)
  return {
    get: () => {
      const address = data.get()
      return address === 0n ? null : address
    },
    set(value) {
      if (value !== null) {
        throw fail(
          source,
          'OBJECT_BAD_VALUE',
          `${member.name} to ${describe(value)}: a pointer to data can be null only`,
        )
      }
      data.set(0n)
    },
  }
}

function dataAccess(source: MapSource, { name, type, bitOffset }: BtfMember): Access {
  const { btf, map } = source
  const offset = bitOffset / 8
  const place = (): DataView =>
    new DataView(map.contents.buffer, map.contents.byteOffset, map.contents.byteLength)
  return {
    get: () => createDecoder(btf, type)(place(), offset),
    set(value) {
      try {
        encodeValue(btf, type, value, place(), offset)
      } catch (cause) {
        if (!(cause instanceof BtfError)) throw cause
        throw fail(source, 'OBJECT_BAD_VALUE', `${name}: ${cause.message}`, cause)
      }
    },
  }
}

/** Without a prototype, a member may be called `constructor`. */
function withoutPrototype<Value>(): Record<string, Value> {
  const object: Record<string, Value> = {}
  Object.setPrototypeOf(object, null)
  return object
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value : typeof value
}

function fail(
  { object, map }: MapSource,
  code: 'OBJECT_UNKNOWN_NAME' | 'OBJECT_BAD_VALUE' | 'OBJECT_UNSUPPORTED',
  what: string,
  cause?: BtfError,
): ObjectError {
  return new ObjectError(code, `${object}: cannot access struct_ops map ${map.name}, member ${what}`, {
    object,
    map: map.name,
    cause,
  })
}
