import { BpfError } from '../base/errors.ts'
import type { Observer } from '../base/observer.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { endsTheLoad, type LoadPart } from './load_ending.ts'
import { missingMapError } from './missing_map.ts'
import type { OptionalPrograms } from './optional_programs.ts'
import { ProgramsError } from './programs_error.ts'
import type { KernelObjectStep } from './steps.ts'

/**
 * What a load has to do without. A program that fails costs itself; a map that fails costs the programs that refer to it and
 * the maps that hold it. The load goes on, so that everything that is wrong is found at once, and `settle` says in the
 * end whether what is left is enough.
 */
export class LoadFailures {
  /** Why programs are not there, by name. */
  readonly programs = new Map<string, BpfError>()
  /** Why maps are not there, by name. */
  readonly maps = new Map<string, BpfError>()
  readonly #object: RelocatedObject
  readonly #optional: 'all' | ReadonlySet<string>
  readonly #observer: Observer<KernelObjectStep>
  /** The programs that refer to each map, and those that a struct_ops map refers to. */
  readonly #users: ReadonlyMap<string, readonly string[]>
  /** What the programs that refer to a map fail with. */
  readonly #missingMaps = new Map<string, BpfError>()
  /** What ends the load although a single part stumbled upon it. */
  readonly #endings = new WeakSet<BpfError>()

  constructor(object: RelocatedObject, optional: OptionalPrograms, observer: Observer<KernelObjectStep>) {
    this.#object = object
    this.#optional = optional === 'all' ? 'all' : new Set(optional)
    this.#observer = observer
    this.#users = usersOf(object)
    for (const { program, error } of object.failures) this.#addProgram(program, error)
  }

  /** Does something that concerns all programs, whichever of them asks for it first: where it fails, the load ends. */
  forAll<Result>(attempt: () => Result): Result {
    try {
      return attempt()
    } catch (error) {
      if (error instanceof BpfError) this.#endings.add(error)
      throw error
    }
  }

  /**
   * Tries something for one program.
   *
   * @returns undefined where it failed, and the load goes on without the program.
   * @throws what ends the load as a whole
   */
  program<Result>(name: string, attempt: () => Result): Result | undefined {
    try {
      return attempt()
    } catch (error) {
      const part: LoadPart = { kind: 'program', need: this.#need(name) }
      if (!(error instanceof BpfError) || this.#endsTheLoad(error, part)) throw error
      this.#addProgram(name, error)
      return undefined
    }
  }

  /** As `program`, for a map. */
  map<Result>(name: string, attempt: () => Result): Result | undefined {
    try {
      return attempt()
    } catch (error) {
      const part: LoadPart = { kind: 'map', need: this.#optional === 'all' ? 'optional' : 'required' }
      if (!(error instanceof BpfError) || this.#endsTheLoad(error, part)) throw error
      this.failMap(name, error)
      return undefined
    }
  }

  /** Notes that a map cannot be had, for what was found out before it was tried. */
  failMap(name: string, error: BpfError): void {
    this.maps.set(name, error)
    this.#observer?.({ kind: 'map-left-out', map: name, why: error.message })
  }

  /** Whether a program refers to a map that failed, or is one of a struct_ops map's; then it has failed, too. */
  lacksMap({ name }: RelocatedProgram): boolean {
    for (const [map, why] of this.maps) {
      if (this.#users.get(map)?.includes(name) !== true) continue
      this.#addProgram(name, this.#missingMap(map, why))
      return true
    }
    return false
  }

  /**
   * Ends a load that lacks a program that is not optional. It ends for a map, too, that no other part of the object speaks
   * for, unless everything is optional: somebody else may want it.
   *
   * @throws The error of what failed, as it is, where there is one; ProgramsError where there are several.
   */
  settle(): void {
    const failures = [...this.programs]
      .filter(([name]) => this.#need(name) === 'required')
      .map(([program, error]) => ({ program, error }))
    const mapFailures = [...this.maps]
      .filter(([name]) => this.#optional !== 'all' && !this.#hasUsers(name))
      .map(([map, error]) => ({ map, error }))
    const [first, ...others] = new Set([...failures, ...mapFailures].map(({ error }) => error))
    if (first === undefined) return
    if (others.length === 0) throw first
    const { fileName, programs } = this.#object
    const programCount = programs.length + this.#object.failures.length
    throw new ProgramsError({ fileName, programCount, failures, mapFailures })
  }

  /** As `settle`, before the kernel is asked for anything: where no program is left, there is nothing to go on with. */
  settleEarly(): void {
    if (this.#object.programs.length === 0) this.settle()
  }

  #need(program: string): LoadPart['need'] {
    return this.#optional === 'all' || this.#optional.has(program) ? 'optional' : 'required'
  }

  #endsTheLoad(error: BpfError, part: LoadPart): boolean {
    return this.#endings.has(error) || endsTheLoad(error, part)
  }

  #hasUsers(map: string): boolean {
    if (this.#users.has(map)) return true
    return this.#object.maps.some(({ initialSlots }) =>
      initialSlots.some(({ target }) => target.kind === 'map' && target.name === map),
    )
  }

  /** One error for all programs that refer to the map. */
  #missingMap(map: string, why: BpfError): BpfError {
    const error = this.#missingMaps.get(map) ?? missingMapError(why, map, this.#users.get(map) ?? [])
    this.#missingMaps.set(map, error)
    return error
  }

  #addProgram(program: string, error: BpfError): void {
    this.programs.set(program, error)
    this.#observer?.({ kind: 'program-left-out', program, why: error.message })
  }
}

function usersOf({ programs, maps }: RelocatedObject): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, Set<string>>()
  const add = (map: string, program: string): void => {
    const names = users.get(map) ?? new Set()
    users.set(map, names.add(program))
  }
  for (const { name, mapReferences } of programs) {
    for (const { map } of mapReferences) add(map, name)
  }
  const loaded = new Set(programs.map(({ name }) => name))
  for (const { name, structOps } of maps) {
    for (const program of structOps?.functions.values() ?? []) if (loaded.has(program)) add(name, program)
  }
  return new Map([...users].map(([map, names]) => [map, [...names]]))
}
