import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { MAX_RESOLVE_DEPTH } from './format.ts'
import { tooDeep } from './resolve.ts'
import type {
  BtfComposite,
  BtfDatasec,
  BtfEnum,
  BtfFloat,
  BtfFwd,
  BtfInt,
  BtfType,
  BtfTypedef,
  BtfVoid,
} from './types.ts'

/**
 * The type as C would write it in a cast: `struct task_struct *`, `char[16]`, `const volatile unsigned long long`,
 * `int (*)(void *)`. Structs, unions and enums appear by name, `struct {...}` where they have none. A var, func or
 * datasec appears as its declaration: `int counter`.
 *
 * @throws BtfError BTF_TOO_DEEP for types nested more than 32 deep; what `btf.type` throws
 */
export function describeType(btf: Btf, id: TypeId): string {
  return declare({ btf, id }, id, '', 0)
}

/**
 * The same with a name that is declared: `char comm[16]`, `int (*filter)(void *)`. Without a name it is the type alone.
 *
 * @throws as `describeType`
 */
export function describeVariable(btf: Btf, id: TypeId, name: string): string {
  return declare({ btf, id }, id, name, 0)
}

interface Description {
  readonly btf: Btf
  /** What was asked for; errors name it. */
  readonly id: TypeId
}

/**
 * C declarations are written around the name that they declare: a pointer puts `*` before it, an array puts `[n]` after
 * it, and a pointer to an array needs parentheses. `inner` is what was written so far, from the name outwards.
 */
function declare(description: Description, id: TypeId, inner: string, depth: number): string {
  if (depth === MAX_RESOLVE_DEPTH) throw tooDeep(description.btf, description.id)
  const type = description.btf.type(id)
  if (isBase(type)) return join(baseName(type), inner)
  const around = (target: TypeId, text: string): string => declare(description, target, text, depth + 1)
  switch (type.kind) {
    case 'ptr':
      return around(type.target, `*${inner}`)
    case 'const':
    case 'volatile':
    case 'restrict':
      return qualify(description, type.target, type.kind, inner, depth)
    case 'array':
      return around(type.element, `${parenthesised(inner)}[${type.length}]`)
    case 'func_proto': {
      const params = type.params.map((param) => (param.type === 0 ? '...' : around(param.type, param.name)))
      const list = params.length === 0 ? 'void' : params.join(', ')
      return around(type.returnType, `${parenthesised(inner)}(${list})`)
    }
    case 'func':
      return around(type.proto, type.name)
    case 'var':
      return around(type.type, type.name)
    case 'type_tag':
    case 'decl_tag':
      return around(type.target, inner)
  }
}

/** Qualifiers of a pointer follow its star (`int *const`), those of other types come first (`const int`). */
function qualify(
  { btf, id }: Description,
  target: TypeId,
  word: string,
  inner: string,
  depth: number,
): string {
  const pointer = btf.type(target).kind === 'ptr'
  const description = { btf, id }
  if (pointer) return declare(description, target, inner === '' ? word : `${word} ${inner}`, depth + 1)
  return `${word} ${declare(description, target, inner, depth + 1)}`
}

function parenthesised(inner: string): string {
  return inner.startsWith('*') ? `(${inner})` : inner
}

function join(base: string, inner: string): string {
  if (inner === '') return base
  return inner.startsWith('[') ? base + inner : `${base} ${inner}`
}

/** Types that a declaration begins with. */
type BaseType = BtfVoid | BtfInt | BtfFloat | BtfTypedef | BtfComposite | BtfEnum | BtfFwd | BtfDatasec

function isBase(type: BtfType): type is BaseType {
  return 'size' in type || type.kind === 'typedef' || type.kind === 'fwd' || type.kind === 'void'
}

function baseName(type: BaseType): string {
  switch (type.kind) {
    case 'void':
      return 'void'
    case 'int':
    case 'float':
    case 'typedef':
      return type.name
    case 'struct':
    case 'union':
      return `${type.kind} ${type.name === '' ? '{...}' : type.name}`
    case 'enum':
    case 'enum64':
      return `enum ${type.name === '' ? '{...}' : type.name}`
    case 'fwd':
      return `${type.of} ${type.name}`
    case 'datasec':
      return `section ${type.name}`
  }
}
