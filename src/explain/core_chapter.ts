import type { InsnIndex } from '../base/units.ts'
import { type CoreResolution, describeLocal } from '../core/resolution.ts'
import type { Slots } from '../core/patch.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { cutInfoRecords } from '../relocate/info_records.ts'
import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import { type SourceLineStart, sourceLineStarts } from '../relocate/source_line.ts'
import { candidateReports, placeReport } from './core_candidates.ts'
import { findExpression } from './core_expression.ts'
import type { CoreAccess, CoreChapter } from './explanation.ts'
import { functionNamed } from './function_named.ts'
import { isPoisoned } from './program_report.ts'
import { functionAt } from './programs_chapter.ts'
import { slotsText } from './step_line.ts'
import { tried } from './tried.ts'
import type { TypeReports } from './type_report.ts'

type CoreStep = Extract<LoadStep, { kind: 'core-resolved' }>

export interface CoreInput {
  readonly spec: ObjectSpec | undefined
  readonly steps: readonly LoadStep[]
  readonly relocated: ReadonlyMap<string, RelocatedProgram>
  readonly types: TypeReports
}

/** Every CO-RE relocation, in the order in which they were resolved. */
export function coreChapter({ spec, steps, relocated, types }: CoreInput): CoreChapter {
  if (spec === undefined) return { accesses: [] }
  const places = placesOf(relocated)
  const lines = new FunctionLines(spec)
  const accesses: CoreAccess[] = []
  steps.forEach((step, index) => {
    if (step.kind !== 'core-resolved') return
    const patch = steps[index + 1]
    const slots = patch?.kind === 'insn-patched' && patch.why === 'core' ? patch : undefined
    accesses.push({
      ...describeStep(step, lines, types),
      places: places.get(placeKey(step.section, step.program, step.insn)) ?? [],
      ...outcomeOf(step.resolution, slots),
    })
  })
  return { accesses }
}

function placeKey(section: string, fn: string, insn: number): string {
  return `${section}/${fn}@${insn}`
}

/** Where in linked programs each instruction of a function is that has a CO-RE relocation. */
function placesOf(relocated: CoreInput['relocated']): ReadonlyMap<string, CoreAccess['places']> {
  const places = new Map<string, CoreAccess['places'][number][]>()
  for (const { name: program, functions, coreRelocations } of relocated.values()) {
    for (const { insn } of coreRelocations) {
      const fn = functionAt(functions, insn)
      if (fn === undefined) continue
      const key = placeKey(fn.sectionName, fn.name, insn - fn.start)
      const known = places.get(key) ?? []
      places.set(key, known)
      known.push({ program, insn })
    }
  }
  return places
}

function describeStep(
  step: CoreStep,
  lines: FunctionLines,
  types: TypeReports,
): Omit<CoreAccess, 'places' | 'expected' | 'value' | 'outcome' | 'before' | 'after'> {
  const { program, insn, relo, resolution } = step
  return {
    function: program,
    insn,
    ...findExpression(step, lines.of(step)),
    kind: resolution.kind,
    question: questions[resolution.kind],
    subject: describeLocal(resolution),
    accessString: relo.accessString,
    local: placeReport(resolution.family, resolution.local, types),
    candidates: candidateReports(resolution, types),
  }
}

/** The C lines of functions, each read once. */
class FunctionLines {
  readonly #spec: ObjectSpec
  readonly #lines = new Map<string, readonly SourceLineStart[]>()

  constructor(spec: ObjectSpec) {
    this.#spec = spec
  }

  of({ program, section }: CoreStep): readonly SourceLineStart[] {
    const key = placeKey(section, program, 0)
    const lines = this.#lines.get(key) ?? this.#read(program, section)
    this.#lines.set(key, lines)
    return lines
  }

  #read(name: string, section: string): readonly SourceLineStart[] {
    const { btf, btfExt, elf } = this.#spec
    const fn = functionNamed(this.#spec, name, section)
    if (btf === undefined || fn === undefined) return []
    return tried([], () => {
      const records = cutInfoRecords(btfExt?.lineInfo ?? [], fn, elf.endianness)
      return records === undefined ? [] : sourceLineStarts(records, btf)
    })
  }
}

/** What each kind of relocation asks. */
const questions: Readonly<Record<CoreResolution['kind'], string>> = {
  field_byte_offset: 'At which byte is the field?',
  field_byte_size: 'How many bytes has the field?',
  field_exists: 'Is there such a field?',
  field_signed: 'Is the field signed?',
  field_lshift_u64: 'How far is the bitfield shifted to the left?',
  field_rshift_u64: 'How far is the bitfield shifted to the right?',
  type_id_local: 'Which id has the type in the object?',
  type_id_target: 'Which id has the type in the kernel?',
  type_exists: 'Is there such a type?',
  type_size: 'How many bytes has the type?',
  type_matches: 'Does the type have all that the program means?',
  enumval_exists: 'Is there such an enumerator?',
  enumval_value: 'Which value has the enumerator?',
}

function outcomeOf(
  { result }: CoreResolution,
  patch: { readonly insn: InsnIndex; readonly before: Slots; readonly after: Slots } | undefined,
): Pick<CoreAccess, 'expected' | 'value' | 'outcome' | 'before' | 'after'> {
  const before = patch === undefined ? '' : slotsText(patch.before)
  const after = patch === undefined ? '' : slotsText(patch.after)
  const poisoned = patch?.after.some(isPoisoned) === true
  return {
    expected: result.kind === 'value' ? result.expected?.toString() : undefined,
    value: result.kind === 'value' ? result.value.toString() : undefined,
    outcome: poisoned ? 'poisoned' : before === after ? 'unchanged' : 'patched',
    before,
    after,
  }
}
