import { helperName } from '../abi/helper_name.ts'
import { insnIndex } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { POISON_HELPER } from '../core/patch.ts'
import { isHelperCall, isSubprogramAddress, isSubprogramCall } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { ProgramSection } from '../object/section_names.ts'
import type { LinkedFunction, RelocatedProgram } from '../relocate/relocated_object.ts'
import { describeDeclaration } from '../relocate/describe_declaration.ts'
import type { FunctionSummary, ProgramsChapter, ProgramSummary } from './explanation.ts'
import { tried } from './tried.ts'

/**
 * The programs of an object, and what is linked into each.
 *
 * @param relocated Those that were relocated, by name.
 */
export function programsChapter(
  spec: ObjectSpec | undefined,
  relocated: ReadonlyMap<string, RelocatedProgram>,
): ProgramsChapter {
  const programs = [...(spec?.programs.values() ?? [])]
  return { programs: programs.map((program) => summary(program, spec?.btf, relocated.get(program.name))) }
}

function summary(
  program: ProgramSpec,
  btf: Btf | undefined,
  linked: RelocatedProgram | undefined,
): ProgramSummary {
  const { name, sectionName, kind, insns, autoload } = program
  const section = kind.kind === 'known' ? kind.section : undefined
  return {
    name,
    section: sectionName,
    type: section?.definition.programType,
    attachType: section?.definition.attachType,
    traits: section?.definition.traits ?? [],
    target: section === undefined ? undefined : targetText(section),
    reason: kind.kind === 'known' ? program.problem : kind.reason,
    autoload,
    insnCount: insns.length / INSN_SIZE,
    linkedInsnCount: linked === undefined ? undefined : linked.insns.length / INSN_SIZE,
    functions: linked === undefined ? [] : functionSummaries(linked, btf),
    helpers: linked === undefined ? [] : helpersOf(linked),
    kfuncs: linked === undefined ? [] : kfuncsOf(linked),
  }
}

/** What the section's name says of the place, in its own words: `tracepoint sched/sched_process_exec`. */
export function targetText({ attachTarget, suffix, definition }: ProgramSection): string | undefined {
  if (attachTarget.kind === 'none') return undefined
  if (attachTarget.kind === 'unsupported') return attachTarget.why
  const family = attachTarget.kind === 'tracing' ? definition.prefix : attachTarget.kind
  return suffix === undefined ? family : `${family} ${suffix}`
}

type Counts = readonly { readonly name: string; readonly count: number }[]

function countsOf(names: readonly string[]): Counts {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => ({ name, count }))
}

function helpersOf({ insns }: RelocatedProgram): Counts {
  const view = new InsnView(insns)
  const names: string[] = []
  for (let insn = 0; insn < view.length; insn++) {
    const slot = view.get(insnIndex(insn))
    if (isHelperCall(slot) && slot.imm !== POISON_HELPER) names.push(helperName(slot.imm))
  }
  return countsOf(names)
}

function kfuncsOf({ externs }: RelocatedProgram): Counts {
  return countsOf(externs.flatMap(({ form, extern }) => (form === 'call' ? [extern] : [])))
}

function functionSummaries(program: RelocatedProgram, btf: Btf | undefined): readonly FunctionSummary[] {
  const callers = callersOf(program)
  return program.functions.map((fn) => ({
    name: fn.name,
    section: fn.sectionName,
    declaration: btf === undefined ? undefined : declarationOf(btf, fn.name),
    start: fn.start,
    insnCount: fn.original.length / INSN_SIZE,
    callers: countsOf(callers.get(fn.start) ?? []),
  }))
}

function declarationOf(btf: Btf, name: string): string | undefined {
  return tried(undefined, () => {
    const fn = btf.find(name, 'func')
    if (fn === undefined) return undefined
    const text = describeDeclaration(btf, fn.proto)
    const open = text.indexOf('(')
    return `${text.slice(0, open).trimEnd()} ${name}${text.slice(open)}`.replace('* ', '*')
  })
}

/** By the start of the function that is called or whose address is taken, the functions that do. */
function callersOf({ insns, functions }: RelocatedProgram): ReadonlyMap<number, readonly string[]> {
  const view = new InsnView(insns)
  const callers = new Map<number, string[]>()
  for (let insn = 0; insn < view.length; insn++) {
    const slot = view.get(insnIndex(insn))
    if (!isSubprogramCall(slot) && !isSubprogramAddress(slot)) continue
    const target = insn + 1 + slot.imm
    const known = callers.get(target) ?? []
    callers.set(target, known)
    known.push(functionAt(functions, insn)?.name ?? '')
  }
  return callers
}

/** The function that an instruction of a linked program is of. */
export function functionAt(functions: readonly LinkedFunction[], insn: number): LinkedFunction | undefined {
  return functions.findLast(({ start }) => start <= insn)
}
