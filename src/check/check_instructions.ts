import { helperEnumerator, helperName } from '../abi/helper_name.ts'
import { insnIndex } from '../base/units.ts'
import { POISON_HELPER } from '../core/patch.ts'
import { type CoreResolution, describeLocal } from '../core/resolution.ts'
import { isHelperCall } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import type { RelocatedObject, RelocatedProgram } from '../relocate/relocated_object.ts'
import { sourceLineOf } from '../relocate/source_line.ts'
import { type CheckedKernel, hasEnumerator } from './checked_kernel.ts'
import type { Finding } from './finding.ts'
import type { FrozenBytes } from './known_values.ts'
import { reachable } from './reachable.ts'

/** What the instructions of a program need and a kernel does not have, where they can be reached. Calls are told once a helper. */
export function checkInstructions(
  object: RelocatedObject,
  program: RelocatedProgram,
  kernel: CheckedKernel,
): readonly Finding[] {
  const { btf } = object
  const { lineInfo } = program
  const insns = new InsnView(program.insns)
  const reached = reachable(insns, {
    frozenAt: frozenBytes(object, program),
    jumpTargets: program.jumpTables.flatMap(({ targets }) => targets),
  })
  const relocations = new Map(
    program.coreRelocations.map(({ insn, resolution }) => [Number(insn), resolution]),
  )
  const missingCalls = new Map(
    program.externs.flatMap(({ insn, form, extern, resolution }) =>
      form === 'call' && resolution.kind === 'missing' ? [[Number(insn), extern]] : [],
    ),
  )
  const helpers = new Set<number>()
  const findings: Finding[] = []
  const add = (
    insn: number,
    subject: Finding['subject'],
    why: string,
    verdict: Finding['verdict'] = 'no',
  ): void => {
    const line = lineInfo && btf && sourceLineOf(lineInfo, btf, insn)
    findings.push({ verdict, subject, of: program.name, line, why })
  }
  for (let insn = 0; insn < insns.length; insn++) {
    if (reached[insn] !== 1) continue
    const slot = insns.get(insnIndex(insn))
    if (!isHelperCall(slot)) continue
    const extern = missingCalls.get(insn)
    const resolution = relocations.get(insn)
    if (extern !== undefined)
      add(insn, 'extern', `the kernel has no function ${extern}, and the call can be reached`)
    else if (slot.imm === POISON_HELPER) {
      if (resolution !== undefined) add(insn, 'CO-RE', describeFailure(resolution))
    } else if (!helpers.has(slot.imm)) {
      helpers.add(slot.imm)
      const missing = checkHelper(slot.imm, kernel)
      if (missing !== undefined) add(insn, 'helper', missing.why, missing.verdict)
    }
  }
  return findings
}

function checkHelper(id: number, { vmlinux }: CheckedKernel): Pick<Finding, 'verdict' | 'why'> | undefined {
  const name = helperEnumerator(id)
  if (name === undefined) return { verdict: 'unknown', why: `helper ${id} is not known here` }
  const answer = hasEnumerator(vmlinux, 'bpf_func_id', name)
  if (answer === 'yes') return undefined
  const helper = helperName(id)
  return answer === 'no'
    ? { verdict: 'no', why: `the kernel has no helper ${helper}()` }
    : { verdict: 'unknown', why: `the kernel's BTF does not tell its helpers, and ${helper}() is called` }
}

function describeFailure(resolution: CoreResolution): string {
  const { candidates, target, kind } = resolution
  const subject = describeLocal(resolution)
  if (target !== undefined)
    return `${subject} has another kind or size there, which ${kind} cannot be read as`
  if (candidates.length === 0) return `${subject}: the kernel has no type of that name`
  return `${subject} is not there: of ${candidates.length} ${candidates.length === 1 ? 'type' : 'types'} of that name none has it`
}

/** Maps that are filled and frozen before programs are verified. `.kconfig` holds what only a running kernel tells. */
function frozenBytes(
  { maps }: RelocatedObject,
  { mapReferences }: RelocatedProgram,
): (insn: number) => FrozenBytes | undefined {
  const frozen = new Map(
    maps.flatMap(({ name, origin, contents }) =>
      origin.kind === 'data' && origin.readOnly && origin.sectionName !== '.kconfig'
        ? [[name, contents]]
        : [],
    ),
  )
  const references = new Map(
    mapReferences.flatMap(({ insn, map, kind, offset }) => {
      const bytes = frozen.get(map)
      return kind === 'value' && bytes !== undefined ? [[Number(insn), { bytes, offset }]] : []
    }),
  )
  return (insn) => references.get(insn)
}
