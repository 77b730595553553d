import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { CoreResolver } from '../core/resolve.ts'
import { KCONFIG_SECTION } from '../object/externs.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import { kconfigVariables } from '../object/kconfig_map.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import { programsToLoad } from '../object/programs_to_load.ts'
import type { ProgramSection } from '../object/section_names.ts'
import { findFunctionReferences, type FunctionReference } from './calls.ts'
import { applyCoreRelocations, createResolver } from './core_relocations.ts'
import type { ExternFacts } from './extern_facts.ts'
import { applyExterns, usedExterns } from './extern_references.ts'
import { ExternResolver } from './extern_resolver.ts'
import { exceptionCallbackOf } from './exception_callbacks.ts'
import type { FunctionResults } from './function_results.ts'
import { FunctionTable } from './functions.ts'
import { cutInfoRecords, requireReadableInfo } from './info_records.ts'
import { findJumpTables } from './jump_tables.ts'
import { type Layout, layOut } from './layout.ts'
import { LinkBudget } from './link_budget.ts'
import { linkProgram } from './linker.ts'
import { findMapReferences } from './map_references.ts'
import { ProgramAttempts } from './program_attempts.ts'
import type { RelocatedFunction } from './relocated_function.ts'
import type { RelocatedMap, RelocatedObject } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import { titleOf } from './relocations.ts'
import type { RelocateStep } from './steps.ts'

export interface RelocateOptions extends ExternFacts {
  /**
   * Gives the types of the kernel that the programs will run on. Asked for once, and only if a program has a CO-RE
   * relocation, since reading a kernel's BTF is the most expensive part of most loads.
   */
  readonly targetBtf: () => Btf
  /**
   * Gives the types of the kernel's modules, split BTF on top of `targetBtf`'s. Asked for once, and only if a relocation's
   * type has no candidate in the kernel itself. Default: none.
   */
  readonly modules?: () => readonly ModuleBtf[]
  readonly observer?: Observer<RelocateStep>
}

/**
 * Makes the programs of `spec` that are to be loaded ready for one kernel. Works on copies: the spec stays as it is. A program
 * that cannot be made ready costs nothing but itself: it is among the `failures` of the result.
 *
 * @throws RelocationError 'RELOCATION_TOO_LARGE' where all programs together are; what `targetBtf` throws.
 */
export function relocateObject(spec: ObjectSpec, options: RelocateOptions): RelocatedObject {
  const { programs, failures, externs } = relocatePrograms(spec, options)
  return {
    name: spec.name,
    fileName: spec.elf.name,
    license: spec.license,
    btf: spec.btf,
    maps: [...spec.maps.values()].map((map) => withValues(map.snapshot(), externs)),
    arenaData: arenaDataOf(spec),
    variables: [...spec.variables, ...kconfigVariables(spec.externs)],
    programs,
    failures,
  }
}

/** The contents of `.kconfig` are the kernel's, whether a program that is loaded refers to them or not, as in libbpf. */
function withValues(map: RelocatedMap, externs: ExternResolver): RelocatedMap {
  if (map.name !== KCONFIG_SECTION || !map.autocreate) return map
  return { ...map, contents: externs.kconfigContents(map.valueSize) }
}

function arenaDataOf({ arenaData }: ObjectSpec): RelocatedObject['arenaData'] {
  if (arenaData?.arena === undefined) return undefined
  const { arena, map } = arenaData
  return { arena, sectionName: map.name, offset: 0, contents: map.contents.slice() }
}

/** A program whose functions have their places. */
interface PlannedProgram {
  readonly section: ProgramSection
  readonly layout: Layout
}

function relocatePrograms(
  spec: ObjectSpec,
  options: RelocateOptions,
): Pick<RelocatedObject, 'programs' | 'failures'> & { readonly externs: ExternResolver } {
  const { targetBtf, modules, observer } = options
  const programs = programsToLoad(spec)
  const table = new FunctionTable(spec.functions)
  const budget = new LinkBudget(spec)
  const attempts = new ProgramAttempts(spec, budget)
  const references = attempts.perFunction((fn) => findFunctionReferences(spec, table, usable(spec, fn)))
  const planned = programs.flatMap((program) =>
    attempts.run(program, () => plan(spec, program, references, budget)),
  )
  const used = inCoreOrder(spec, new Set(planned.flatMap(({ layout }) => [...layout.starts.keys()])))
  const resolver = createResolver(spec, used, targetBtf, modules)
  const externs = new ExternResolver(spec, usedExterns(spec, used), options)
  const relocated = attempts.perFunction((fn) =>
    relocateFunction({ spec, budget, resolver, externs, observer }, fn, references.get(fn)),
  )
  for (const fn of used) relocated.outcome(fn)
  const linked = planned.flatMap(({ section, layout }) =>
    attempts.run(layout.program, () =>
      linkProgram({ spec, section, layout, relocated: (fn) => relocated.get(fn), budget, observer }),
    ),
  )
  return { programs: linked, failures: attempts.failures(programs), externs }
}

function plan(
  spec: ObjectSpec,
  program: ProgramSpec,
  references: FunctionResults<readonly FunctionReference[]>,
  budget: LinkBudget,
): PlannedProgram {
  const section = knownSection(spec, program)
  const layout = layOut(spec, program, {
    referencesOf: (fn) => references.get(fn),
    exceptionCallback: exceptionCallbackOf(spec, program),
    budget,
  })
  return { section, layout }
}

/** @throws RelocationError 'RELOCATION_BAD_FUNCTION' for a function whose symbol makes no sense */
function usable(spec: ObjectSpec, fn: FunctionSpec): FunctionSpec {
  if (fn.problem === undefined) return fn
  throw new RelocationError(
    'RELOCATION_BAD_FUNCTION',
    `${spec.elf.name}: cannot load ${titleOf(fn)}: ${fn.problem}`,
    { object: spec.elf.name, section: fn.sectionName, program: fn.name },
  )
}

function knownSection(spec: ObjectSpec, program: ProgramSpec): ProgramSection {
  if (program.kind.kind === 'known') return program.kind.section
  throw new RelocationError(
    'RELOCATION_UNKNOWN_PROGRAM_TYPE',
    `${spec.elf.name}: cannot load program ${program.name}: ${program.kind.reason}; rename the section, or set its autoload to false to leave it out`,
    { object: spec.elf.name, section: program.sectionName, program: program.name },
  )
}

/**
 * CO-RE relocations narrow the candidates for those after them, so their order counts: that of the sections in
 * `.BTF.ext`, as libbpf has it.
 */
function inCoreOrder(spec: ObjectSpec, functions: ReadonlySet<FunctionSpec>): readonly FunctionSpec[] {
  const order = new Map(spec.btfExt?.coreRelos.map(({ sectionName }, index) => [sectionName, index]))
  const rank = ({ sectionName }: FunctionSpec): number => order.get(sectionName) ?? order.size
  return [...functions].sort((left, right) => rank(left) - rank(right) || left.start - right.start)
}

/** What functions are relocated with. */
interface FunctionInput {
  readonly spec: ObjectSpec
  readonly budget: LinkBudget
  readonly resolver: CoreResolver | undefined
  readonly externs: ExternResolver
  readonly observer: Observer<RelocateStep>
}

function relocateFunction(
  { spec, budget, resolver, externs, observer }: FunctionInput,
  fn: FunctionSpec,
  references: readonly FunctionReference[],
): RelocatedFunction {
  requireReadableInfo(spec, fn)
  const insns = fn.insns.slice()
  const found = findMapReferences(spec, fn)
  const coreRelocations = applyCoreRelocations(spec, fn, resolver, insns, observer)
  const applied = applyExterns(spec, fn, externs, insns, observer)
  return {
    spec: fn,
    insns,
    references,
    mapReferences: [...found, ...applied.mapReferences].sort((left, right) => left.insn - right.insn),
    externs: applied.externs,
    jumpTables: findJumpTables(spec, fn, budget),
    funcInfo: cutInfoRecords(spec.btfExt?.funcInfo ?? [], fn, spec.elf.endianness),
    lineInfo: cutInfoRecords(spec.btfExt?.lineInfo ?? [], fn, spec.elf.endianness),
    coreRelocations,
  }
}
