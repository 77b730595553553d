import type { TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { CoreError } from './core_error.ts'

/**
 * How many function prototypes and composites may be nested in each other, and how many pointers, arrays and return
 * types may follow each other in each: libbpf 1.6 has 32 for both (src/relo_core.c and its callers).
 */
export const MAX_COMPARISON_DEPTH = 32

/** Genuine types take some thousands; types that share their parts on every level would take 2^32. */
const MAX_COMPARISONS = 1_000_000

/** Two types that are compared. */
export interface TypePair {
  readonly local: TypeId
  readonly target: TypeId
}

/** The comparison of a local with a target type, and the limits that it keeps to whatever the types look like. */
export class TypeComparison {
  readonly local: Btf
  readonly target: Btf
  #left = MAX_COMPARISONS

  constructor(local: Btf, target: Btf) {
    this.local = local
    this.target = target
  }

  /**
   * Counts `count` names or types that are looked at.
   *
   * @throws CoreError 'CORE_BAD_RELOCATION'
   */
  spend(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw this.#refusal(`it takes more than ${MAX_COMPARISONS} steps`)
  }

  /** @throws CoreError 'CORE_BAD_RELOCATION' for a depth, counted from 0, that is not below the limit. */
  requireDepth(depth: number): void {
    if (depth < MAX_COMPARISON_DEPTH) return
    throw this.#refusal(`they nest more than ${MAX_COMPARISON_DEPTH} levels deep`)
  }

  /**
   * Follows types that have one type below them in a loop: `compare` gives the answer, or the pair that it depends on.
   *
   * @throws CoreError 'CORE_BAD_RELOCATION' where that goes too deep; what `compare` throws
   */
  follow<Pair extends TypePair>(root: Pair, compare: (pair: Pair) => boolean | Pair): boolean {
    let pair = root
    for (let depth = 0; ; depth++) {
      this.requireDepth(depth)
      const answer = compare(pair)
      if (typeof answer === 'boolean') return answer
      pair = answer
    }
  }

  #refusal(why: string): CoreError {
    return new CoreError(
      'CORE_BAD_RELOCATION',
      `cannot compare types of ${this.local.name} with those of ${this.target.name}: ${why}`,
    )
  }
}
