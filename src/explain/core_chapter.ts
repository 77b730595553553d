import type { InsnIndex, TypeId } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { describeType } from '../btf/describe_type.ts'
import type { FieldAccess } from '../core/access.ts'
import { type Parting, partingOf } from '../core/match.ts'
import { type CoreResolution, describeLocal } from '../core/resolution.ts'
import type { Slots } from '../core/patch.ts'
import { resolve } from '../btf/resolve.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { ObjectSpec } from '../object/object_spec.ts'
import { cutInfoRecords } from '../relocate/info_records.ts'
import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import { type SourceLine, type SourceLineStart, sourceLineStarts } from '../relocate/source_line.ts'
import { accessExpression } from './access_expression.ts'
import type { CandidateReport, CoreAccess, CoreChapter, PlaceReport } from './explanation.ts'
import { isPoisoned } from './program_report.ts'
import { functionAt } from './programs_chapter.ts'
import { slotsText } from './step_line.ts'
import { tried } from './tried.ts'
import { standsFor, typeDifference } from './type_difference.ts'
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
    const { btf, btfExt, functions, elf } = this.#spec
    const fn = functions.find((each) => each.name === name && each.sectionName === section)
    if (btf === undefined || fn === undefined) return []
    return tried([], () => {
      const records = cutInfoRecords(btfExt?.lineInfo ?? [], fn, elf.endianness)
      return records === undefined ? [] : sourceLineStarts(records, btf)
    })
  }
}

/** How many line_info records behind that of the instruction are searched for its expression, and as many before it. */
const SEARCHED_LINES = 48

interface FoundExpression {
  readonly source: SourceLine | undefined
  readonly expression: string
}

/** The expression of a field access and its line; compilers compute addresses early, so it is often in a line that follows. */
function findExpression(step: CoreStep, lines: readonly SourceLineStart[]): FoundExpression {
  const at = lines.findLastIndex(({ insn }) => insn <= step.insn)
  const { resolution } = step
  const following = lines.slice(Math.max(at, 0), at + SEARCHED_LINES)
  const earlier = lines.slice(Math.max(at - SEARCHED_LINES, 0), Math.max(at, 0)).reverse()
  for (const { line } of [...following, ...earlier]) {
    const found = operandIn(line.text, resolution)
    if (found !== undefined) return { source: line, expression: expressionOf(resolution, found) }
  }
  return { source: lines[at]?.line, expression: expressionOf(resolution, operandOf(resolution)) }
}

/** What a relocation is about, as a line has it; undefined where the line is about something else. */
function operandIn(line: string, resolution: CoreResolution): string | undefined {
  if (resolution.family !== 'field')
    return hasWord(line, nameOf(resolution)) ? operandOf(resolution) : undefined
  const path = pathOf(resolution.local)
  return path === '' ? undefined : accessExpression(line, path)
}

function nameOf({ local }: Exclude<CoreResolution, { family: 'field' }>): string {
  return 'enumerator' in local ? local.enumerator.name : local.btf.nameOf(local.id)
}

function hasWord(line: string, word: string): boolean {
  return word !== '' && line.split(/\W+/).includes(word)
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

/** How programs ask, where it is not by plain access (bpf_core_read.h of libbpf 1.6). */
const macros: Readonly<Partial<Record<CoreResolution['kind'], string>>> = {
  field_byte_size: 'bpf_core_field_size',
  field_exists: 'bpf_core_field_exists',
  field_signed: 'BPF_CORE_READ_BITFIELD',
  field_lshift_u64: 'BPF_CORE_READ_BITFIELD',
  field_rshift_u64: 'BPF_CORE_READ_BITFIELD',
  type_id_local: 'bpf_core_type_id_local',
  type_id_target: 'bpf_core_type_id_kernel',
  type_exists: 'bpf_core_type_exists',
  type_size: 'bpf_core_type_size',
  type_matches: 'bpf_core_type_matches',
  enumval_exists: 'bpf_core_enum_value_exists',
  enumval_value: 'bpf_core_enum_value',
}

function expressionOf(resolution: CoreResolution, operand: string): string {
  const macro = macros[resolution.kind]
  return macro === undefined ? operand : `${macro}(${operand})`
}

function operandOf(resolution: CoreResolution): string {
  switch (resolution.family) {
    case 'field': {
      const { btf, root } = resolution.local
      const path = pathOf(resolution.local)
      const pointer = `(${describeType(btf, root)} *)p`
      return path === '' ? `*${pointer}` : `(${pointer})->${path}`
    }
    case 'type':
      return describeType(resolution.local.btf, resolution.local.id)
    case 'enumerator': {
      const { btf, id, enumerator } = resolution.local
      return `${describeType(btf, id)}, ${enumerator.name}`
    }
  }
}

/** The members of an access as C writes them behind a pointer: `cb[3]`, `u.addr`. */
function pathOf({ accessors }: FieldAccess): string {
  const parts = accessors.slice(1).map((accessor, index) => {
    if (accessor.kind === 'element') return `[${accessor.index}]`
    return index === 0 ? accessor.name : `.${accessor.name}`
  })
  return parts.join('')
}

function placeReport(
  family: CoreResolution['family'],
  subject: CoreResolution['local'],
  types: TypeReports,
): PlaceReport {
  const { btf } = subject
  const id = 'root' in subject ? subject.root : subject.id
  return {
    type: types.keyOf(btf, id),
    name: describeType(btf, id),
    id,
    bitOffset: 'root' in subject && family === 'field' ? subject.bitOffset : undefined,
    members: membersOf(subject),
  }
}

/** The members to mark: those on the way of a field, or the enumerator. */
function membersOf(subject: CoreResolution['local']): readonly number[] {
  if ('root' in subject) return subject.positions.slice(1)
  if (!('enumerator' in subject)) return []
  const type = resolve(subject.btf, subject.id)
  return 'enumerators' in type ? [type.enumerators.indexOf(subject.enumerator)] : []
}

/** Of thousands of candidates, the first few are enough to tell why. */
const MAX_CANDIDATES = 32

function candidateReports(resolution: CoreResolution, types: TypeReports): readonly CandidateReport[] {
  return resolution.candidates.slice(0, MAX_CANDIDATES).map(({ candidate, match }) => ({
    btf: candidate.btf.name,
    place: placeReport(resolution.family, match ?? candidate, types),
    matches: match !== undefined,
    why: whyOf(resolution, candidate.btf, candidate.id, match),
  }))
}

function whyOf(
  resolution: CoreResolution,
  btf: Btf,
  id: TypeId,
  match: CoreResolution['local'] | undefined,
): string {
  if (match !== undefined) return whyMatched(match)
  switch (resolution.family) {
    case 'field':
      return whyParted(resolution.local, btf, id)
    case 'type':
      return resolution.kind === 'type_matches'
        ? tried('differs', () => typeDifference(resolution.local, { btf, id }))
        : standsFor(resolution.local, { btf, id })
    case 'enumerator':
      return `has no enumerator ${resolution.local.enumerator.name}`
  }
}

function whyMatched(match: CoreResolution['local']): string {
  if ('root' in match) return `has it at ${bitsText(match.bitOffset)}`
  if ('enumerator' in match) return `has it, with value ${match.enumerator.value}`
  return 'has the same name and sort'
}

/** `byte 40`, and for what does not start with one, `byte 40, bit 3`. */
function bitsText(bits: number): string {
  const byte = `byte ${Math.floor(bits / 8)}`
  return bits % 8 === 0 ? byte : `${byte}, bit ${bits % 8}`
}

function whyParted(local: FieldAccess, btf: Btf, id: TypeId): string {
  const parting = tried(undefined, () => partingOf(local, btf, id))
  if (parting === undefined) return 'cannot be followed'
  const { accessor, found, target } = parting
  if (accessor.kind === 'element') return `has no element ${accessor.index} in ${describeType(btf, target)}`
  if (found === 'nothing') return `has no member ${accessor.name}${within(btf, parting, id)}`
  return `has a member ${accessor.name} of another sort than the program means`
}

function within(btf: Btf, { target }: Parting, root: TypeId): string {
  return target === resolve(btf, root).id ? '' : ` in ${describeType(btf, target)}`
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
