import type { Observer } from '../base/observer.ts'
import type { Btf } from '../btf/btf.ts'
import type { ModuleBtf } from '../btf/module_btf.ts'
import type { CoreResolver } from '../core/resolve.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { ProgramSection } from '../object/section_names.ts'
import { findFunctionReferences, type FunctionReference } from './calls.ts'
import { applyCoreRelocations, createResolver } from './core_relocations.ts'
import { exceptionCallbackOf } from './exception_callbacks.ts'
import { FunctionTable } from './functions.ts'
import { cutInfoRecords } from './info_records.ts'
import { layOut } from './layout.ts'
import { LinkBudget } from './link_budget.ts'
import { linkProgram } from './linker.ts'
import { findMapReferences } from './map_references.ts'
import type { RelocatedFunction } from './relocated_function.ts'
import type { RelocatedObject, RelocatedProgram } from './relocated_object.ts'
import { RelocationError } from './relocation_error.ts'
import type { RelocateStep } from './steps.ts'

export interface RelocateOptions {
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
 * Makes the programs of `spec` that have `autoload` ready for one kernel. Works on copies: the spec stays as it is.
 *
 * @throws RelocationError naming the program and the instruction; BtfError for `.BTF.ext` records that cannot be read; what
 *   `targetBtf` throws.
 */
export function relocateObject(spec: ObjectSpec, options: RelocateOptions): RelocatedObject {
  const programs = [...spec.programs.values()].filter(({ autoload }) => autoload)
  return {
    name: spec.name,
    fileName: spec.elf.name,
    license: spec.license,
    btf: spec.btf,
    maps: [...spec.maps.values()].map((map) => map.snapshot()),
    variables: spec.variables,
    programs: relocatePrograms(spec, programs, options),
  }
}

function relocatePrograms(
  spec: ObjectSpec,
  programs: readonly ProgramSpec[],
  { targetBtf, modules, observer }: RelocateOptions,
): readonly RelocatedProgram[] {
  const table = new FunctionTable(spec.functions)
  const budget = new LinkBudget(spec)
  const referencesOf = remember((fn) => findFunctionReferences(spec, table, fn))
  const planned = programs.map((program) => ({
    section: knownSection(spec, program),
    layout: layOut(spec, program, {
      referencesOf,
      exceptionCallback: exceptionCallbackOf(spec, program),
      budget,
    }),
  }))
  const used = inCoreOrder(spec, new Set(planned.flatMap(({ layout }) => [...layout.starts.keys()])))
  const resolver = createResolver(spec, used, targetBtf, modules)
  const relocated = remember((fn) => relocateFunction(spec, fn, referencesOf(fn), resolver, observer))
  for (const fn of used) relocated(fn)
  return planned.map(({ section, layout }) =>
    linkProgram({ spec, section, layout, relocated, budget, observer }),
  )
}

function knownSection(spec: ObjectSpec, program: ProgramSpec): ProgramSection {
  if (program.kind.kind === 'known') return program.kind.section
  throw new RelocationError(
    'RELOCATION_UNKNOWN_PROGRAM_TYPE',
    `${spec.elf.name}: cannot load program ${program.name}: ${program.kind.reason}; set its autoload to false to leave it out`,
    { object: spec.elf.name, section: program.sectionName, program: program.name },
  )
}

/** Functions that several programs share are looked at once. */
function remember<Result>(find: (fn: FunctionSpec) => Result): (fn: FunctionSpec) => Result {
  const known = new Map<FunctionSpec, Result>()
  return (fn) => {
    const result = known.get(fn) ?? find(fn)
    known.set(fn, result)
    return result
  }
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

function relocateFunction(
  spec: ObjectSpec,
  fn: FunctionSpec,
  references: readonly FunctionReference[],
  resolver: CoreResolver | undefined,
  observer: Observer<RelocateStep>,
): RelocatedFunction {
  const insns = fn.insns.slice()
  return {
    spec: fn,
    insns,
    references,
    mapReferences: findMapReferences(spec, fn),
    funcInfo: cutInfoRecords(spec.btfExt?.funcInfo ?? [], fn, spec.elf.endianness),
    lineInfo: cutInfoRecords(spec.btfExt?.lineInfo ?? [], fn, spec.elf.endianness),
    coreRelocations: applyCoreRelocations(spec, fn, resolver, insns, observer),
  }
}
