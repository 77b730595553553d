import type { TypeId } from '../base/units.ts'
import type { Btf } from './btf.ts'
import { BtfError } from './btf_error.ts'
import { MAX_RESOLVE_DEPTH } from './format.ts'
import type { BtfComposite, BtfEnum, BtfFloat, BtfFwd, BtfInt, BtfType } from './types.ts'

/** What stands in a base for the types of a distilled base. */
export interface DistilledMapping {
  /** By the distilled type's id, the base's. */
  readonly ids: ReadonlyMap<number, TypeId>
  /** By the offset of the distilled type's name, the offset of the same name in the base. */
  readonly strings: ReadonlyMap<number, number>
}

/**
 * Finds the base's counterpart of each distilled type, as `btf_relocate_map_distilled_base` of
 * tools/lib/bpf/btf_relocate.c (Linux 6.18) does: the same name and kind, and
 *
 * - for int, float and enum the same size (an enum64 is distilled to an enum), for int the same encoding too;
 * - for struct and union the same size where the name alone does not decide, because the base has several of that name,
 *   or where the split BTF has it inside of a struct of its own, so that its size is part of that one's layout;
 * - a forward declaration may have become the struct or the union, where there is one of that name.
 *
 * @throws BtfError BTF_BASE_MISMATCH, BTF_BAD_TYPE
 */
export function mapDistilledTypes(split: Btf, distilled: Btf, base: Btf): DistilledMapping {
  const types = distilledTypes(distilled)
  const embedded = embeddedTypes(split, distilled)
  const ids = new Map<number, TypeId>()
  const strings = new Map<number, number>()
  const candidates = candidatesByName(base, new Set(types.map(({ name }) => name)))
  for (const type of types) {
    const named = candidates.get(type.name) ?? []
    const sameComposites = named.filter(isComposite)
    const found = named.filter((candidate) => {
      const exact = embedded.has(type.id) || (isComposite(candidate) && sameComposites.length > 1)
      return matches(type, candidate, exact ? 'exact size' : 'any size')
    })
    const [only] = found
    if (only === undefined || found.length > 1) throw mismatch(split, base, type, found)
    ids.set(type.id, only.id)
    strings.set(distilled.nameOffsetOf(type.id), base.nameOffsetOf(only.id))
  }
  return { ids, strings }
}

type DistilledType = BtfInt | BtfFloat | BtfEnum | BtfComposite | BtfFwd

/** A distilled base has named types of six kinds only. */
function distilledTypes(distilled: Btf): readonly DistilledType[] {
  return Array.from({ length: distilled.typeCount }, (_, index) => {
    const type = distilled.type(distilled.idAt(index))
    if (isDistilled(type) && type.name !== '') return type
    const offset = distilled.offsetOf(type.id)
    const message = `BTF of ${distilled.name}: type ${type.id} at byte ${offset} is ${type.name === '' ? 'an anonymous' : 'a'} ${type.kind}, which a distilled base does not have.`
    throw new BtfError('BTF_BAD_TYPE', message, { object: distilled.name, section: '.BTF.base', offset })
  })
}

const DISTILLED_KINDS: ReadonlySet<BtfType['kind']> = new Set([
  'int',
  'float',
  'enum',
  'struct',
  'union',
  'fwd',
])

function isDistilled(type: BtfType): type is DistilledType {
  return DISTILLED_KINDS.has(type.kind)
}

function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union'
}

/** The distilled structs and unions that members of the split BTF's own structs consist of; pointers to them do not count. */
function embeddedTypes(split: Btf, distilled: Btf): ReadonlySet<TypeId> {
  const embedded = new Set<TypeId>()
  for (let index = 0; index < split.typeCount; index++) {
    const id = split.idAt(index)
    const kind = split.kind(id)
    if (kind !== 'struct' && kind !== 'union') continue
    const type = split.type(id)
    for (const member of 'members' in type ? type.members : []) {
      const composite = compositeBehind(split, member.type)
      if (composite !== undefined && composite < distilled.firstId + distilled.typeCount)
        embedded.add(composite)
    }
  }
  return embedded
}

/** The struct or union that a value of this type consists of, or is an array of. */
function compositeBehind(btf: Btf, id: TypeId): TypeId | undefined {
  let at = id
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth++) {
    const type = btf.type(at)
    if (isComposite(type)) return type.id
    const next = nextOf(type)
    if (next === undefined) return undefined
    at = next
  }
  return undefined
}

const TRANSPARENT: ReadonlySet<BtfType['kind']> = new Set([
  'const',
  'volatile',
  'restrict',
  'typedef',
  'type_tag',
])

function nextOf(type: BtfType): TypeId | undefined {
  if (type.kind === 'array') return type.element
  return 'target' in type && TRANSPARENT.has(type.kind) ? type.target : undefined
}

/** Of all names at once: a name that many types have costs one pass. */
function candidatesByName(base: Btf, names: ReadonlySet<string>): ReadonlyMap<string, readonly BtfType[]> {
  const found = base.idsByName([...names])
  return new Map([...found].map(([name, ids]) => [name, ids.map((id) => base.type(id))]))
}

function matches(type: DistilledType, candidate: BtfType, sizes: 'exact size' | 'any size'): boolean {
  switch (type.kind) {
    case 'int':
      return candidate.kind === 'int' && candidate.size === type.size && candidate.encoding === type.encoding
    case 'float':
      return candidate.kind === 'float' && candidate.size === type.size
    case 'enum':
    case 'enum64':
      return (candidate.kind === 'enum' || candidate.kind === 'enum64') && candidate.size === type.size
    case 'struct':
    case 'union':
      return candidate.kind === type.kind && (sizes === 'any size' || candidate.size === type.size)
    case 'fwd':
      if (candidate.kind === 'fwd') return candidate.of === type.of
      return candidate.kind === type.of && sizes === 'any size'
  }
}

function mismatch(split: Btf, base: Btf, type: DistilledType, found: readonly BtfType[]): BtfError {
  const size = type.kind === 'fwd' ? '' : ` of ${type.size} bytes`
  const what = `${type.kind} ${type.name}${size}`
  const why =
    found.length === 0
      ? `${base.name} has no such type: the module was built for another kernel`
      : `${base.name} has ${found.length} (types ${found
          .slice(0, 4)
          .map(({ id }) => id)
          .join(', ')}), and nothing tells which one is meant`
  const message = `BTF of ${split.name}: it refers to ${what}, and ${why}.`
  return new BtfError('BTF_BASE_MISMATCH', message, { object: split.name, section: '.BTF.base' })
}
