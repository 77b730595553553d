/**
 * The linker: makes one piece of code of a program and the functions that it calls.
 *
 * A C program for a CPU is linked once: every function gets a place in one image, and every call the distance to it. BPF
 * has no image. The kernel loads programs one by one, each verified by itself, and a program that calls a function brings
 * that function along: it lies somewhere behind the program's own instructions, and the call holds the distance from the
 * next instruction. Two programs that share a function each bring a copy. (The kernel calls such functions subprograms,
 * clang puts them into `.text` unless told otherwise, and the verifier tells them from the program by the calls alone.)
 *
 * The object file has every function once, with calls that are not final. So for each program:
 *
 *        object file                      program A                     program B
 *     tc      A  calls f               0  A   call +2 ──┐            0  B   call +4 ──┐
 *     xdp     B  calls g, f            3  f   ...     <─┘            ·      call +1 ──┼─┐
 *     .text   f                                                      5  g   call +2   <─┘ │
 *             g  calls f                                             8  f   ...     <─────┘
 *
 * 1. calls.ts finds which functions each function names, by calls and by taking addresses (for callbacks).
 * 2. layout.ts places them: the program first, then depth first each function where it is named first, and an exception
 *    callback (exception_callbacks.ts), which no instruction names, last. The order is libbpf's, so that the kernel gets
 *    the same instructions from both; any order would do.
 * 3. Each function is relocated once, wherever it will lie: CO-RE relocations, externs, map references, the func_info and
 *    line_info records that say which C function and line an instruction is from. All of it counts instructions from the
 *    function's own start.
 * 4. append.ts copies the functions to their places, and shifts everything that counts instructions by the place.
 * 5. Now that both ends of every call have places, the calls get their distances. That comes last and only here: the code
 *    of a function is the same in all programs except for these distances.
 *
 * A call of a function that has a place needs no second copy, so functions may call themselves or each other in circles:
 * linking ends, and whether such a program may run is for the verifier to say.
 */
import type { Observer } from '../base/observer.ts'
import { type InsnIndex, insnIndex } from '../base/units.ts'
import { isLdimm64, isSubprogramCall } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { BPF_PSEUDO_FUNC, INSN_SIZE } from '../insn/opcodes.ts'
import type { FunctionSpec } from '../object/function_spec.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import type { ProgramSection } from '../object/section_names.ts'
import { appendEntries, appendInsns, appendRecords } from './append.ts'
import type { FunctionReference } from './calls.ts'
import { moveJumpTable } from './jump_tables.ts'
import type { Layout } from './layout.ts'
import type { LinkBudget } from './link_budget.ts'
import type { PlacedFunction, RelocatedFunction } from './relocated_function.ts'
import type { LinkedFunction, RelocatedProgram } from './relocated_object.ts'
import type { RelocateStep } from './steps.ts'

export interface LinkInput {
  readonly spec: ObjectSpec
  /** What the name of the program's section says. */
  readonly section: ProgramSection
  readonly layout: Layout
  /** Gives each function of the layout. */
  readonly relocated: (fn: FunctionSpec) => RelocatedFunction
  readonly budget: LinkBudget
  readonly observer: Observer<RelocateStep>
}

/**
 * Links one program, as bpf_object__relocate_calls of libbpf (src/libbpf.c, 1.6) does.
 *
 * @throws RelocationError 'RELOCATION_MISSING_INFO', 'RELOCATION_TOO_LARGE'
 */
export function linkProgram(input: LinkInput): RelocatedProgram {
  const { spec, section, layout, relocated, budget, observer } = input
  const { name } = layout.program
  const parts = [...layout.starts].map(([fn, start]): PlacedFunction => ({ fn: relocated(fn), start }))
  for (const { fn, start } of parts) {
    budget.spendCopy(fn)
    if (start > 0) observer?.(appendedStep(name, fn, start))
  }
  const insns = appendInsns(parts)
  const view = new InsnView(insns, spec.elf.endianness)
  for (const reference of appendEntries(parts, ({ references }) => references)) {
    linkReference(view, name, reference, layout, observer)
  }
  const mapReferences = appendEntries(parts, (fn) => fn.mapReferences)
  for (const reference of mapReferences) {
    observer?.({ kind: 'map-reference-found', program: name, reference })
  }
  const linked = {
    name,
    section,
    insns,
    functions: parts.map(linkedFunction),
    mapReferences,
    externs: appendEntries(parts, ({ externs }) => externs),
    jumpTables: parts.flatMap(({ fn, start }) => fn.jumpTables.map((table) => moveJumpTable(table, start))),
    funcInfo: appendRecords(spec, parts, 'funcInfo'),
    lineInfo: appendRecords(spec, parts, 'lineInfo'),
    coreRelocations: appendEntries(parts, ({ coreRelocations }) => coreRelocations),
  }
  observer?.({ kind: 'program-relocated', program: linked })
  return linked
}

/** Calls and addresses alike count from the next slot; what makes an `ldimm64` an address is its source register. */
function linkReference(
  view: InsnView,
  program: string,
  { insn, kind, target }: FunctionReference,
  { starts }: Layout,
  observer: Observer<RelocateStep>,
): void {
  const start = starts.get(target)
  const slot = view.get(insn)
  // A CO-RE relocation may have poisoned the instruction; it is a call of something else then, and stays one.
  if (start === undefined || !(kind === 'call' ? isSubprogramCall(slot) : isLdimm64(slot))) return
  const imm = start - (insn + 1)
  view.set(insnIndex(insn), kind === 'call' ? { ...slot, imm } : { ...slot, src: BPF_PSEUDO_FUNC, imm })
  observer?.({ kind: 'function-linked', program, insn, reference: kind, function: target.name, start })
}

function linkedFunction({ fn: { spec }, start }: PlacedFunction): LinkedFunction {
  return { name: spec.name, sectionName: spec.sectionName, start, original: spec.insns }
}

function appendedStep(program: string, { spec, insns }: RelocatedFunction, start: InsnIndex): RelocateStep {
  const insnCount = insns.length / INSN_SIZE
  return { kind: 'function-appended', program, function: spec.name, start, insnCount }
}
