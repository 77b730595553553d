import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeVariable, describeType } from '../btf/describe_type.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfFuncProto, BtfParam } from '../btf/types.ts'
import type { ProbeArgument, ProbeDescription } from './probe.ts'

/** Parameters and what is returned. */
export function describePrototype(btf: Btf, { params, returnType }: BtfFuncProto): ProbeDescription {
  return {
    arguments: params.map((param) => describeParam(btf, param)),
    returns: describeType(btf, returnType),
  }
}

/** A parameter, or a member of a struct. */
export function describeParam(btf: Btf, { type, name }: Pick<BtfParam, 'type' | 'name'>): ProbeArgument {
  if (type === 0) return { name, type: '...', declaration: '...' }
  return { name, type: describeType(btf, type), declaration: describeVariable(btf, type, name) }
}

/** The prototype of a function, or of what a pointer or a typedef of one leads to; undefined where there is none. */
export function prototypeOf(btf: Btf, id: TypeId): BtfFuncProto | undefined {
  let type = resolve(btf, id)
  if (type.kind === 'ptr') type = resolve(btf, type.target)
  if (type.kind === 'func') type = resolve(btf, type.proto)
  return type.kind === 'func_proto' ? type : undefined
}
