import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import { resolve } from '../btf/resolve.ts'
import type { FieldAccess } from '../core/access.ts'
import { type Parting, partingOf } from '../core/match.ts'
import type { CoreResolution } from '../core/resolution.ts'
import type { CandidateReport, PlaceReport } from './explanation.ts'
import { tried } from './tried.ts'
import { standsFor, typeDifference } from './type_difference.ts'
import type { TypeReports } from './type_report.ts'

/** Where something is: its type, and the members to mark there. */
export function placeReport(
  family: CoreResolution['family'],
  subject: CoreResolution['local'],
  types: TypeReports,
): PlaceReport {
  const { btf } = subject
  const id = 'root' in subject ? subject.root : subject.id
  return {
    type: types.keyOf(btf, id),
    name: describeType(btf, id),
    id,
    bitOffset: 'root' in subject && family === 'field' ? subject.bitOffset : undefined,
    members: membersOf(subject),
  }
}

/** The members to mark: those on the way of a field, or the enumerator. */
function membersOf(subject: CoreResolution['local']): readonly number[] {
  if ('root' in subject) return subject.positions.slice(1)
  if (!('enumerator' in subject)) return []
  const type = resolve(subject.btf, subject.id)
  return 'enumerators' in type ? [type.enumerators.indexOf(subject.enumerator)] : []
}

/** Of thousands of candidates, the first few are enough to tell why. */
const MAX_CANDIDATES = 32

/** What the types of a kernel had for a relocation, and why each matches or does not. */
export function candidateReports(resolution: CoreResolution, types: TypeReports): readonly CandidateReport[] {
  return resolution.candidates.slice(0, MAX_CANDIDATES).map(({ candidate, match }) => ({
    btf: candidate.btf.name,
    place: placeReport(resolution.family, match ?? candidate, types),
    matches: match !== undefined,
    why: whyOf(resolution, candidate.btf, candidate.id, match),
  }))
}

function whyOf(
  resolution: CoreResolution,
  btf: Btf,
  id: TypeId,
  match: CoreResolution['local'] | undefined,
): string {
  if (match !== undefined) return whyMatched(match)
  switch (resolution.family) {
    case 'field':
      return whyParted(resolution.local, btf, id)
    case 'type':
      return resolution.kind === 'type_matches'
        ? tried('differs', () => typeDifference(resolution.local, { btf, id }))
        : standsFor(resolution.local, { btf, id })
    case 'enumerator':
      return `has no enumerator ${resolution.local.enumerator.name}`
  }
}

function whyMatched(match: CoreResolution['local']): string {
  if ('root' in match) return `has it at ${bitsText(match.bitOffset)}`
  if ('enumerator' in match) return `has it, with value ${match.enumerator.value}`
  return 'has the same name and sort'
}

/** `byte 40`, and for what does not start with one, `byte 40, bit 3`. */
function bitsText(bits: number): string {
  const byte = `byte ${Math.floor(bits / 8)}`
  return bits % 8 === 0 ? byte : `${byte}, bit ${bits % 8}`
}

function whyParted(local: FieldAccess, btf: Btf, id: TypeId): string {
  const parting = tried(undefined, () => partingOf(local, btf, id))
  if (parting === undefined) return 'cannot be followed'
  const { accessor, found, target } = parting
  if (accessor.kind === 'element') return `has no element ${accessor.index} in ${describeType(btf, target)}`
  if (found === 'nothing') return `has no member ${accessor.name}${within(btf, parting, id)}`
  return `has a member ${accessor.name} of another sort than the program means`
}

function within(btf: Btf, { target }: Parting, root: TypeId): string {
  return target === resolve(btf, root).id ? '' : ` in ${describeType(btf, target)}`
}
