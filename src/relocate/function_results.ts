import { BpfError } from '../base/errors.ts'
import type { FunctionSpec } from '../object/function_spec.ts'

/** What an attempt came to. */
export type Outcome<Result> =
  { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'failed'; readonly error: BpfError }

/** Makes an attempt. What it throws that is no BpfError is a bug of ours and passes. */
export function outcomeOf<Result>(attempt: () => Result): Outcome<Result> {
  try {
    return { kind: 'done', result: attempt() }
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    return { kind: 'failed', error }
  }
}

/**
 * What is found of functions: each is looked at once however many programs need it, and one that fails, fails with one and
 * the same error each time.
 */
export class FunctionResults<Result> {
  readonly #find: (fn: FunctionSpec) => Result
  readonly #outcomes = new Map<FunctionSpec, Outcome<Result>>()
  readonly #blamed: Map<BpfError, FunctionSpec>

  /** @param blamed Gets the function that each error is about. */
  constructor(blamed: Map<BpfError, FunctionSpec>, find: (fn: FunctionSpec) => Result) {
    this.#blamed = blamed
    this.#find = find
  }

  /** Looks at a function without asking for what is found. */
  outcome(fn: FunctionSpec): Outcome<Result> {
    const known = this.#outcomes.get(fn)
    if (known !== undefined) return known
    const outcome = outcomeOf(() => this.#find(fn))
    if (outcome.kind === 'failed') this.#blamed.set(outcome.error, fn)
    this.#outcomes.set(fn, outcome)
    return outcome
  }

  /** @throws BpfError */
  get(fn: FunctionSpec): Result {
    const outcome = this.outcome(fn)
    if (outcome.kind === 'done') return outcome.result
    throw outcome.error
  }
}
