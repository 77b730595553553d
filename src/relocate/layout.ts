import { type InsnIndex, insnIndex } from '../base/units.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSpec } from '../object/program_spec.ts'
import type { FunctionReference } from './calls.ts'
import type { LinkBudget } from './link_budget.ts'
import { RelocationError } from './relocation_error.ts'

/** Where each function of a linked program starts, in the order of their places; the program itself is first, at 0. */
export interface Layout {
  readonly program: ProgramSpec
  readonly starts: ReadonlyMap<FunctionSpec, InsnIndex>
}

/** BPF_COMPLEXITY_LIMIT_INSNS: no program may have more instructions (include/linux/bpf.h, Linux 6.18). */
const MAX_PROGRAM_INSNS = 1_000_000

export interface LayoutPlan {
  readonly referencesOf: (fn: FunctionSpec) => readonly FunctionReference[]
  /** Placed last, unless something refers to it. */
  readonly exceptionCallback?: FunctionSpec | undefined
  readonly budget: LinkBudget
}

/**
 * Places a program's functions one behind another: depth first, each where it is named first. A function that has a place
 * is not placed again, so that functions that call each other come to an end. The pending functions are kept on a stack
 * of its own, because an object may nest them deeper than JavaScript does.
 *
 * @throws RelocationError 'RELOCATION_TOO_LARGE' where the kernel would refuse the program for its size, and where the
 *   budget ends; what `referencesOf` throws.
 */
export function layOut(spec: ObjectSpec, program: ProgramSpec, plan: LayoutPlan): Layout {
  const starts = new Map<FunctionSpec, InsnIndex>()
  const pending: Iterator<FunctionReference>[] = []
  let end = 0
  const place = (fn: FunctionSpec): void => {
    if (starts.has(fn)) return
    plan.budget.spendPlace(fn)
    starts.set(fn, insnIndex(end))
    end += fn.insns.length / INSN_SIZE
    if (end > MAX_PROGRAM_INSNS) throw tooLarge(spec, program, starts.size)
    pending.push(plan.referencesOf(fn)[Symbol.iterator]())
  }
  const placeAll = (root: FunctionSpec): void => {
    place(root)
    for (let current = pending.at(-1); current !== undefined; current = pending.at(-1)) {
      const next = current.next()
      if (next.done === true) pending.pop()
      else place(next.value.target)
    }
  }
  placeAll(program)
  if (plan.exceptionCallback !== undefined) placeAll(plan.exceptionCallback)
  return { program, starts }
}

function tooLarge(spec: ObjectSpec, program: ProgramSpec, functions: number): RelocationError {
  return new RelocationError(
    'RELOCATION_TOO_LARGE',
    `${spec.elf.name}: cannot link program ${program.name}: with ${functions} functions it has more than ` +
      `${MAX_PROGRAM_INSNS} instructions, and the kernel takes no more`,
    { object: spec.elf.name, section: program.sectionName, program: program.name },
  )
}
