import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import { MAX_RESOLVE_DEPTH } from '../btf/format.ts'
import { STAND_IN_NAME } from '../object/extern_types.ts'

/** More parameters than any function of the kernel has. */
const MAX_PARAMS = 16

/**
 * What an extern is declared as, for people: a type as C has it, or a prototype without the names of its parameters. Types of
 * functions within are not spelled out, since they can hold each other to any length.
 *
 * @throws what `describeType` throws
 */
export function describeDeclaration(btf: Btf, id: TypeId): string {
  const type = btf.type(id)
  if (type.kind !== 'func_proto') return describePart(btf, id)
  const params = type.params.slice(0, MAX_PARAMS).map((param) => {
    const part = param.type === 0 ? '...' : describePart(btf, param.type)
    return param.name === '' || param.name === STAND_IN_NAME ? part : joined(part, param.name)
  })
  if (type.params.length > MAX_PARAMS) params.push(`${type.params.length - MAX_PARAMS} more`)
  return `${joined(describePart(btf, type.returnType), '')}(${params.join(', ') || 'void'})`
}

function joined(part: string, name: string): string {
  return part.endsWith('*') ? `${part}${name}` : `${part} ${name}`
}

function describePart(btf: Btf, id: TypeId): string {
  return leadsToFunction(btf, id) ? 'a function pointer' : describeType(btf, id)
}

function leadsToFunction(btf: Btf, id: TypeId): boolean {
  let type = btf.type(id)
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
    if (type.kind === 'func_proto') return true
    if (type.kind === 'array') type = btf.type(type.element)
    else if (type.kind !== 'typedef' && 'target' in type) type = btf.type(type.target)
    else return false
  }
  return false
}
