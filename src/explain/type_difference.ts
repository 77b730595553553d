import { describeType } from '../btf/describe_type.ts'
import { essentialName } from '../btf/essential_name.ts'
import { resolve } from '../btf/resolve.ts'
import type { BtfComposite, BtfEnum, BtfMember } from '../btf/types.ts'
import type { TypeReference } from '../core/type_reference.ts'
import { typesMatch } from '../core/types_match.ts'

/**
 * Why a target type that `bpf_core_type_matches` asked for does not match, in words that follow `it`: the first member or
 * enumerator that is missing or differs.
 *
 * @throws as `typesMatch`
 */
export function typeDifference(local: TypeReference, target: TypeReference): string {
  const [ours, theirs] = [resolve(local.btf, local.id), resolve(target.btf, target.id)]
  if (isComposite(ours) && isComposite(theirs)) {
    return memberDifference(local, ours.members, target, theirs.members) ?? standsFor(local, target)
  }
  if (isEnum(ours) && isEnum(theirs)) return enumDifference(ours, theirs)
  return standsFor(local, target)
}

function isComposite(type: { readonly kind: string }): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union'
}

function isEnum(type: { readonly kind: string }): type is BtfEnum {
  return type.kind === 'enum' || type.kind === 'enum64'
}

function memberDifference(
  local: TypeReference,
  ours: readonly BtfMember[],
  target: TypeReference,
  theirs: readonly BtfMember[],
): string | undefined {
  for (const member of ours) {
    const found = theirs.find(({ name }) => essentialName(name) === essentialName(member.name))
    if (found === undefined) return `has no member ${member.name}`
    const pair = [
      { btf: local.btf, id: member.type },
      { btf: target.btf, id: found.type },
    ] as const
    if (!typesMatch(...pair)) {
      const [wanted, there] = pair.map(({ btf, id }) => describeType(btf, id))
      return wanted === there
        ? `has a member ${member.name} of type ${there}, which differs itself`
        : `has a member ${member.name} of type ${there}, where the program means ${wanted}`
    }
  }
  return undefined
}

function enumDifference(ours: BtfEnum, theirs: BtfEnum): string {
  const names = new Set(theirs.enumerators.map(({ name }) => essentialName(name)))
  const missing = ours.enumerators.find(({ name }) => !names.has(essentialName(name)))
  return missing === undefined
    ? `has ${theirs.size} bytes, where the program means ${ours.size}`
    : `has no enumerator ${missing.name}`
}

/** What a type is a name for, on both sides; any other type says that itself. */
export function standsFor(local: TypeReference, target: TypeReference): string {
  const [ours, theirs] = [meaningOf(local), meaningOf(target)]
  return ours === theirs
    ? `stands for ${theirs}, which differs from what the program means by it`
    : `stands for ${theirs}, where the program means ${ours}`
}

function meaningOf({ btf, id }: TypeReference): string {
  const type = btf.type(id)
  return describeType(btf, type.kind === 'typedef' ? type.target : id)
}
