import { describeType } from '../btf/describe_type.ts'
import type { FieldAccess } from './access.ts'
import type { CoreResult } from './calculate.ts'
import { describeAccess } from './describe_access.ts'
import type { EnumeratorReference } from './enumerator.ts'
import type { CoreFamily, EnumeratorKindName, FieldKindName, TypeKindName } from './kinds.ts'
import type { TypeReference } from './type_reference.ts'

/** A CO-RE relocation with everything that led to its result. */
export type CoreResolution = FieldResolution | TypeResolution | EnumeratorResolution

export type FieldResolution = ResolutionOf<'field', FieldKindName, FieldAccess>
export type TypeResolution = ResolutionOf<'type', TypeKindName, TypeReference>
export type EnumeratorResolution = ResolutionOf<'enumerator', EnumeratorKindName, EnumeratorReference>

interface ResolutionOf<Family extends CoreFamily, Kind, Subject> {
  readonly family: Family
  readonly kind: Kind
  /** What the program means, in the object's own types. */
  readonly local: Subject
  /** Every candidate that was asked, in the target's order; none for `type_id_local`, which asks nothing. */
  readonly candidates: readonly CandidateMatch<Subject>[]
  /** The same in the first candidate that matched; the others agree with it. */
  readonly target: Subject | undefined
  readonly result: CoreResult
}

export interface CandidateMatch<Subject> {
  readonly candidate: TypeReference
  /** undefined where the candidate has no such field or enumerator, or is another sort of type. */
  readonly match: Subject | undefined
}

type LocalOf<Resolution extends CoreResolution> = Resolution extends CoreResolution
  ? Pick<Resolution, 'family' | 'local'>
  : never

/** What the program means, for people: `struct task_struct.pid`, `type struct bpf_iter`, `enumerator A of enum e`. */
export function describeLocal(resolution: LocalOf<CoreResolution>): string {
  switch (resolution.family) {
    case 'field':
      return describeAccess(resolution.local)
    case 'type':
      return `type ${describeType(resolution.local.btf, resolution.local.id)}`
    case 'enumerator': {
      const { btf, id, enumerator } = resolution.local
      return `enumerator ${enumerator.name} of ${describeType(btf, id)}`
    }
  }
}

/** Where the target has it, for people: `type 42, bit 64`; undefined where it does not. */
export function describeTarget(resolution: CoreResolution): string | undefined {
  if (resolution.target === undefined) return undefined
  switch (resolution.family) {
    case 'field':
      return `type ${resolution.target.root}, bit ${resolution.target.bitOffset}`
    case 'type':
      return `type ${resolution.target.id}`
    case 'enumerator':
      return `type ${resolution.target.id}, ${resolution.target.enumerator.name}`
  }
}
