import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { BtfError } from '../btf/btf_error.ts'
import { decodeCoreRelos } from '../btf/btf_ext.ts'
import { resolve } from '../btf/resolve.ts'
import type { ObjectSpec } from '../object/object_spec.ts'

/** Structs that are hardly those of a record. */
export interface ExcludedTypes {
  /** The kernel's: what CO-RE accesses begin with, the contexts of the programs, and what these refer to. */
  readonly kernel: ReadonlySet<TypeId>
  /** Keys and values of maps. */
  readonly maps: ReadonlySet<TypeId>
}

/** @throws BtfError for types that are broken */
export function excludedTypes(spec: ObjectSpec): ExcludedTypes {
  const { btf } = spec
  const kernel = new Set<TypeId>()
  const maps = new Set<TypeId>()
  if (btf === undefined) return { kernel, maps }
  const found = [...coreRoots(spec), ...contexts(spec, btf)]
  for (let id = found.pop(); id !== undefined; id = found.pop()) {
    if (kernel.has(id)) continue
    kernel.add(id)
    found.push(...membersOf(btf, id))
  }
  for (const { keyType, valueType } of spec.maps.values()) {
    for (const id of [keyType, valueType]) maps.add(resolve(btf, id).id)
  }
  return { kernel, maps }
}

/** Relocations that are damaged are for the load to complain about. */
function coreRoots({ btf, btfExt }: ObjectSpec): readonly TypeId[] {
  if (btf === undefined || btfExt === undefined) return []
  const records = btfExt.coreRelos.flatMap((section) => decodeCoreRelos(btfExt, section))
  return records.flatMap(({ relo }) => (relo instanceof BtfError ? [] : [resolve(btf, relo.typeId).id]))
}

/** What programs are called with; functions that they call may well be given a record. */
function contexts({ programs }: ObjectSpec, btf: Btf): readonly TypeId[] {
  return btf.idsOfKind('func').flatMap((id) => {
    const func = btf.type(id)
    if (func.kind !== 'func' || !programs.has(func.name)) return []
    const proto = btf.type(func.proto)
    return proto.kind === 'func_proto' ? proto.params.flatMap(({ type }) => pointedType(btf, type)) : []
  })
}

/** The structs and unions that a type is made of or points to. */
function membersOf(btf: Btf, id: TypeId): readonly TypeId[] {
  const type = resolve(btf, id)
  if (type.kind === 'struct' || type.kind === 'union')
    return type.members.map((member) => resolve(btf, member.type).id)
  if (type.kind === 'ptr') return [resolve(btf, type.target).id]
  return type.kind === 'array' ? [resolve(btf, type.element).id] : []
}

function pointedType(btf: Btf, id: TypeId): readonly TypeId[] {
  const pointer = resolve(btf, id)
  return pointer.kind === 'ptr' ? [resolve(btf, pointer.target).id] : []
}
