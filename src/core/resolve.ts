import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import type { CoreRelo } from '../btf/btf_ext.ts'
import { describeType } from '../btf/describe_type.ts'
import { type FieldAccess, parseFieldAccess } from './access.ts'
import { calculateField, type CoreResult, sameResult } from './calculate.ts'
import { type Candidate, CandidateLists } from './candidates.ts'
import { CoreError } from './core_error.ts'
import { describeAccess } from './describe_access.ts'
import { coreKind, type FieldKindName, isFieldKind } from './kinds.ts'
import { matchField } from './match.ts'

/** A CO-RE relocation with everything that led to its result. */
export interface CoreResolution {
  readonly kind: FieldKindName
  readonly local: FieldAccess
  /** Every candidate that was asked, in the target's order. */
  readonly candidates: readonly CandidateMatch[]
  /** The access in the first candidate that matched; the others agree with it. */
  readonly target: FieldAccess | undefined
  readonly result: CoreResult
}

export interface CandidateMatch {
  readonly candidate: Candidate
  /** undefined where the candidate has no such field. */
  readonly access: FieldAccess | undefined
}

/**
 * Resolves the CO-RE relocations of one object against one target. The order matters, since relocations narrow the
 * candidates for those after them; equal relocations are resolved once.
 */
export class CoreResolver {
  readonly #local: Btf
  readonly #candidates: CandidateLists
  readonly #resolved = new Map<string, CoreResolution>()

  /** @param roots The root types of all relocations that will be asked for. */
  constructor(local: Btf, target: Btf, roots: Iterable<TypeId>) {
    this.#local = local
    this.#candidates = new CandidateLists(local, target, roots)
  }

  /**
   * @throws CoreError where the relocation is malformed, of a kind that is not resolved yet, or where several candidates
   * match and disagree.
   */
  resolve(relo: CoreRelo): CoreResolution {
    const key = `${relo.kind} ${relo.typeId} ${relo.accessString}`
    const known = this.#resolved.get(key)
    if (known !== undefined) return known
    const resolution = this.#resolveField(fieldKindOf(relo), relo)
    this.#resolved.set(key, resolution)
    return resolution
  }

  #resolveField(kind: FieldKindName, relo: CoreRelo): CoreResolution {
    const local = parseFieldAccess(this.#local, relo.typeId, relo.accessString)
    if (this.#local.nameOf(relo.typeId) === '') throw anonymousRoot(kind, local)
    const candidates = this.#candidates.of(relo.typeId).map((candidate) => ({
      candidate,
      access: matchField(local, candidate.btf, candidate.id),
    }))
    const matched = candidates.filter(hasAccess)
    const target = matched[0]?.access
    const result = calculateField(kind, local, target)
    for (const other of matched.slice(1)) {
      const otherResult = calculateField(kind, local, other.access)
      if (other.access.bitOffset !== target?.bitOffset || !sameResult(result, otherResult)) {
        throw ambiguous(kind, local, matched)
      }
    }
    this.#candidates.narrow(
      relo.typeId,
      matched.map((match) => match.candidate),
    )
    return { kind, local, candidates, target, result }
  }
}

function fieldKindOf(relo: CoreRelo): FieldKindName {
  const kind = coreKind(relo.kind)
  if (kind === undefined) {
    throw new CoreError(
      'CORE_UNSUPPORTED_KIND',
      `CO-RE relocation kind ${relo.kind} is unknown to this version of rawbpf`,
    )
  }
  if (!isFieldKind(kind)) {
    throw new CoreError(
      'CORE_UNSUPPORTED_KIND',
      `CO-RE relocation kind ${kind.name} is not supported by this version of rawbpf`,
    )
  }
  return kind.name
}

interface MatchedCandidate extends CandidateMatch {
  readonly access: FieldAccess
}

function hasAccess(match: CandidateMatch): match is MatchedCandidate {
  return match.access !== undefined
}

/** Without a name there is nothing to search the target for, and "not found" would be an answer that was never asked. */
function anonymousRoot(kind: FieldKindName, local: FieldAccess): CoreError {
  return new CoreError(
    'CORE_BAD_RELOCATION',
    `cannot resolve ${kind} of ${describeAccess(local)}: its root type has no name to search the target for; give it one`,
  )
}

function ambiguous(kind: FieldKindName, local: FieldAccess, matched: readonly MatchedCandidate[]): CoreError {
  const places = matched.map(
    ({ candidate, access }) =>
      `type ${candidate.id} of ${candidate.btf.name} (${describeType(candidate.btf, candidate.id)}) has it at bit ${access.bitOffset}`,
  )
  return new CoreError(
    'CORE_AMBIGUOUS',
    `cannot resolve ${kind} of ${describeAccess(local)}: ${matched.length} types match and disagree: ${places.join('; ')}`,
  )
}
