import type { BpfError } from '../base/errors.ts'
import { listOfNames } from '../base/list_of_names.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { ProgramSpec } from '../object/program_spec.ts'
import { FunctionResults, outcomeOf } from './function_results.ts'
import type { LinkBudget } from './link_budget.ts'
import type { ProgramFailure } from './program_failure.ts'
import { RelocationError } from './relocation_error.ts'

/**
 * Makes the failure of a program cost that program alone. A subprogram that cannot be relocated fails the programs that
 * need it, and no other.
 */
export class ProgramAttempts {
  readonly #spec: ObjectSpec
  readonly #budget: LinkBudget
  /** By program. */
  readonly #errors = new Map<string, BpfError>()
  /** The function that an error is about, for those that are about one. */
  readonly #blamed = new Map<BpfError, FunctionSpec>()

  constructor(spec: ObjectSpec, budget: LinkBudget) {
    this.#spec = spec
    this.#budget = budget
  }

  /** What is found of functions; errors are kept to be held against the programs that need the function. */
  perFunction<Result>(find: (fn: FunctionSpec) => Result): FunctionResults<Result> {
    return new FunctionResults(this.#blamed, find)
  }

  /**
   * Does something for one program.
   *
   * @returns The result, or nothing where it failed.
   * @throws RelocationError 'RELOCATION_TOO_LARGE' where the budget of the object is spent: all else would fail the same way.
   */
  run<Result>(program: ProgramSpec, attempt: () => Result): readonly Result[] {
    const outcome = outcomeOf(attempt)
    if (outcome.kind === 'done') return [outcome.result]
    if (this.#budget.spent) throw outcome.error
    this.#errors.set(program.name, outcome.error)
    return []
  }

  /** The failures so far, in the order of `programs`. */
  failures(programs: readonly ProgramSpec[]): readonly ProgramFailure[] {
    const failed = programs.flatMap(({ name }) => {
      const error = this.#errors.get(name)
      return error === undefined ? [] : [{ program: name, error }]
    })
    const sharing = new Map<BpfError, string[]>()
    for (const { program, error } of failed) {
      const sharers = sharing.get(error) ?? []
      sharing.set(error, sharers)
      sharers.push(program)
    }
    const told = new Map([...sharing].map(([error, sharers]) => [error, this.#telling(error, sharers)]))
    return failed.map(({ program, error }) => ({ program, error: told.get(error) ?? error }))
  }

  /** An error that says which programs it costs, where it does not say so by itself. */
  #telling(error: BpfError, programs: readonly string[]): BpfError {
    const fn = this.#blamed.get(error)
    const needing = programs.filter((name) => fn !== undefined && !isProgram(fn, name))
    if (fn === undefined || needing.length === 0) return error
    const need = needing.length === 1 ? 'program' : 'programs'
    return new RelocationError(
      error instanceof RelocationError ? error.code : 'RELOCATION_FUNCTION_FAILED',
      `${error.message}; ${need} ${listOfNames(needing)} ${needing.length === 1 ? 'needs' : 'need'} it`,
      {
        object: this.#spec.elf.name,
        section: fn.sectionName,
        program: programs.length === 1 ? programs[0] : undefined,
        offset: error.offset,
        cause: error.cause ?? error,
      },
    )
  }
}

function isProgram(fn: FunctionSpec, name: string): boolean {
  return fn instanceof ProgramSpec && fn.name === name
}
