import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { essentialName } from '../btf/essential_name.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfEnumerator } from '../btf/types.ts'
import { parsePositions } from './access.ts'
import { CoreError } from './core_error.ts'
import type { TypeReference } from './type_reference.ts'

/** One enumerator of an enum, found in one BTF. */
export interface EnumeratorReference extends TypeReference {
  /** The enum, or the typedef of it that the program or the candidate names. */
  readonly id: TypeId
  readonly enumerator: BtfEnumerator
  /** How many bits BTF has for each of the enum's values: 32, or 64 in an `enum64`. */
  readonly valueBits: 32 | 64
}

/**
 * The enumerator that a relocation means: its access string is the enumerator's position in the enum `root`.
 *
 * @throws CoreError 'CORE_BAD_RELOCATION' where `root` is no enum or has no such enumerator.
 */
export function parseEnumerator(btf: Btf, root: TypeId, accessString: string): EnumeratorReference {
  const [position = 0, ...rest] = parsePositions(accessString)
  const type = resolve(btf, root)
  if (type.kind !== 'enum' && type.kind !== 'enum64') {
    throw unknownEnumerator(accessString, `type ${root} is of kind ${type.kind}, not an enum`)
  }
  const enumerator = type.enumerators[position]
  if (enumerator === undefined || rest.length > 0) {
    const found = `expected one position among the ${type.enumerators.length} enumerators of enum ${type.name}`
    throw unknownEnumerator(accessString, found)
  }
  return { btf, id: root, enumerator, valueBits: valueBitsOf(type.kind) }
}

/**
 * The candidate's enumerator of the same name, flavours aside; the first one of that name decides. undefined where there
 * is none, or where the candidate is no enum. The rules are those of bpf_core_spec_match in libbpf's src/relo_core.c
 * (1.6).
 */
export function matchEnumerator(
  local: EnumeratorReference,
  { btf, id }: TypeReference,
): EnumeratorReference | undefined {
  const type = resolve(btf, id)
  if (type.kind !== 'enum' && type.kind !== 'enum64') return undefined
  const wanted = essentialName(local.enumerator.name)
  const enumerator = type.enumerators.find(({ name }) => essentialName(name) === wanted)
  return enumerator === undefined ? undefined : { btf, id, enumerator, valueBits: valueBitsOf(type.kind) }
}

function valueBitsOf(kind: 'enum' | 'enum64'): 32 | 64 {
  return kind === 'enum' ? 32 : 64
}

function unknownEnumerator(accessString: string, found: string): CoreError {
  return new CoreError(
    'CORE_BAD_RELOCATION',
    `cannot find the enumerator with access string '${accessString}': ${found}`,
  )
}
