import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { BtfError } from '../btf/btf_error.ts'
import type { CoreRelo } from '../btf/btf_ext.ts'
import { describeType } from '../btf/describe_type.ts'
import { parseFieldAccess } from './access.ts'
import {
  calculateEnumerator,
  calculateField,
  calculateType,
  type CoreResult,
  sameResult,
} from './calculate.ts'
import { CandidateLists, type CoreTargets } from './candidates.ts'
import { CoreError } from './core_error.ts'
import { parseEnumerator, matchEnumerator } from './enumerator.ts'
import { asksTarget, type CoreKind, coreKind } from './kinds.ts'
import { matchField } from './match.ts'
import { type CandidateMatch, type CoreResolution, describeLocal } from './resolution.ts'
import type { TypeReference } from './type_reference.ts'
import { typesAreCompatible } from './types_compatible.ts'
import { typesMatch } from './types_match.ts'

/**
 * Resolves the CO-RE relocations of one object against one target. The order matters, since relocations narrow the
 * candidates for those after them; equal relocations are resolved once.
 */
export class CoreResolver {
  readonly #local: Btf
  readonly #candidates: CandidateLists
  readonly #resolved = new Map<string, CoreResolution>()

  /** @param relos All relocations that will be asked for: the targets are searched once, here. */
  constructor(local: Btf, targets: CoreTargets, relos: Iterable<CoreRelo>) {
    this.#local = local
    const roots: TypeId[] = []
    for (const { kind: number, typeId } of relos) {
      const kind = coreKind(number)
      if (kind !== undefined && asksTarget(kind)) roots.push(typeId)
    }
    this.#candidates = new CandidateLists(local, targets, roots)
  }

  /**
   * @throws CoreError where the relocation is malformed, of an unknown kind, or where several candidates match and
   * disagree, or where none does and part of the target could not be read; BtfError for types that make no sense.
   */
  resolve(relo: CoreRelo): CoreResolution {
    const key = `${relo.kind} ${relo.typeId} ${relo.accessString}`
    const known = this.#resolved.get(key)
    if (known !== undefined) return known
    const resolution = this.#resolveNew(knownKind(relo.kind), relo)
    this.#resolved.set(key, resolution)
    return resolution
  }

  #resolveNew(kind: CoreKind, relo: CoreRelo): CoreResolution {
    switch (kind.family) {
      case 'field':
        return this.#resolveField(kind, relo)
      case 'type':
        return this.#resolveType(kind, relo)
      case 'enumerator':
        return this.#resolveEnumerator(kind, relo)
    }
  }

  #resolveField({ family, name }: KindOf<'field'>, relo: CoreRelo): CoreResolution {
    const local = parseFieldAccess(this.#local, relo.typeId, relo.accessString)
    const asked = { family, kind: name, local } as const
    const { candidates, target, result } = this.#ask(relo, asked, {
      match: ({ btf, id }) => matchField(local, btf, id),
      calculate: (target) => calculateField(name, local, target),
      // Not only the value has to agree: a field that exists twice, at two places, is none to rely on.
      place: ({ bitOffset }) => bitOffset,
      tellPlace: ({ bitOffset }) => `has it at bit ${bitOffset} and `,
    })
    return { family, kind: name, local, candidates, target, result }
  }

  #resolveType({ family, name }: KindOf<'type'>, relo: CoreRelo): CoreResolution {
    const local = this.#localType(relo)
    const asked = { family, kind: name, local } as const
    if (name === 'type_id_local') {
      const result = calculateType(name, local, undefined)
      return { family, kind: name, local, candidates: [], target: undefined, result }
    }
    const related = name === 'type_matches' ? typesMatch : typesAreCompatible
    const { candidates, target, result } = this.#ask(relo, asked, {
      match: (candidate) => (related(local, candidate) ? candidate : undefined),
      calculate: (target) => calculateType(name, local, target),
      place: () => 0,
      tellPlace: () => '',
    })
    return { family, kind: name, local, candidates, target, result }
  }

  #resolveEnumerator({ family, name }: KindOf<'enumerator'>, relo: CoreRelo): CoreResolution {
    const local = parseEnumerator(this.#local, relo.typeId, relo.accessString)
    const asked = { family, kind: name, local } as const
    const { candidates, target, result } = this.#ask(relo, asked, {
      match: (candidate) => matchEnumerator(local, candidate),
      calculate: (target) => calculateEnumerator(name, local, target),
      place: () => 0,
      tellPlace: () => '',
    })
    return { family, kind: name, local, candidates, target, result }
  }

  /** A type relocation has nothing to access: its string is `0`. */
  #localType({ typeId, accessString }: CoreRelo): TypeReference {
    if (accessString !== '0') {
      throw new CoreError(
        'CORE_BAD_RELOCATION',
        `cannot follow the access string '${accessString}': a relocation of a whole type has '0'`,
      )
    }
    return { btf: this.#local, id: this.#local.type(typeId).id }
  }

  /** Puts one question to all candidates, which have to agree, and keeps those that could answer it. */
  #ask<Target>(relo: CoreRelo, asked: Question, rules: Rules<Target>): Answer<Target> {
    if (this.#local.nameOf(relo.typeId) === '') throw anonymousRoot(asked)
    const candidates = this.#candidates
      .of(relo.typeId)
      .map((candidate) => ({ candidate, match: rules.match(candidate) }))
    const matched = candidates.filter(hasMatch)
    const { gap } = this.#candidates
    if (matched.length === 0 && gap !== undefined) throw hidden(asked, gap)
    const target = matched[0]?.match
    const result = rules.calculate(target)
    for (const { match } of matched.slice(1)) {
      const agrees = target !== undefined && rules.place(match) === rules.place(target)
      if (!agrees || !sameResult(result, rules.calculate(match))) throw ambiguous(asked, matched, rules)
    }
    if (matched.length < candidates.length) {
      this.#candidates.narrow(
        relo.typeId,
        matched.map(({ candidate }) => candidate),
      )
    }
    return { candidates, target, result }
  }
}

/** What a relocation asks for. */
type Question = QuestionOf<CoreResolution>
type QuestionOf<Resolution extends CoreResolution> = Resolution extends CoreResolution
  ? Pick<Resolution, 'family' | 'kind' | 'local'>
  : never

function describeQuestion(asked: Question): string {
  return `${asked.kind} of ${describeLocal(asked)}`
}

type KindOf<Family extends CoreKind['family']> = Extract<CoreKind, { family: Family }>

/** How the relocations of one family are answered. */
interface Rules<Target> {
  readonly match: (candidate: TypeReference) => Target | undefined
  readonly calculate: (target: Target | undefined) => CoreResult
  /** Where in the candidate the match lies, in bits. */
  readonly place: (target: Target) => number
  readonly tellPlace: (target: Target) => string
}

interface Answer<Target> {
  readonly candidates: readonly CandidateMatch<Target>[]
  readonly target: Target | undefined
  readonly result: CoreResult
}

function knownKind(number: number): CoreKind {
  const kind = coreKind(number)
  if (kind !== undefined) return kind
  throw new CoreError(
    'CORE_UNSUPPORTED_KIND',
    `CO-RE relocation kind ${number} is unknown to this version of rawbpf`,
  )
}

interface Matched<Target> extends CandidateMatch<Target> {
  readonly match: Target
}

function hasMatch<Target>(candidate: CandidateMatch<Target>): candidate is Matched<Target> {
  return candidate.match !== undefined
}

/** Without a name there is nothing to search the target for, and "not found" would be an answer that was never asked. */
function anonymousRoot(asked: Question): CoreError {
  return new CoreError(
    'CORE_BAD_RELOCATION',
    `cannot resolve ${describeQuestion(asked)}: its root type has no name to search the target for; give it one`,
  )
}

/** That nothing was found would mean that nothing is there. */
function hidden(asked: Question, gap: BtfError): CoreError {
  return new CoreError(
    'CORE_TARGET_UNKNOWN',
    `cannot resolve ${describeQuestion(asked)}: no type that could be found matches, and not all could: ${gap.message}`,
    { cause: gap },
  )
}

/** Of thousands of candidates, the first few are enough to tell why. */
const MAX_SHOWN_CANDIDATES = 8

function ambiguous<Target>(
  asked: Question,
  matched: readonly Matched<Target>[],
  rules: Rules<Target>,
): CoreError {
  const answers = matched.slice(0, MAX_SHOWN_CANDIDATES).map(({ candidate: { btf, id }, match }) => {
    const result = rules.calculate(match)
    const value = result.kind === 'poison' ? 'is to be poisoned' : `gives ${result.value}`
    return `type ${id} of ${btf.name} (${describeType(btf, id)}) ${rules.tellPlace(match)}${value}`
  })
  const more = matched.length > answers.length ? '; …' : ''
  return new CoreError(
    'CORE_AMBIGUOUS',
    `cannot resolve ${describeQuestion(asked)}: ${matched.length} types match and disagree: ${answers.join('; ')}${more}. ` +
      'Ask earlier, of the same type, for something that only the right one has: that rules out the others',
  )
}
