import { describeType } from '../btf/describe_type.ts'
import type { FieldAccess } from '../core/access.ts'
import type { CoreResolution } from '../core/resolution.ts'
import type { LoadStep } from '../loader/steps.ts'
import type { SourceLine, SourceLineStart } from '../relocate/source_line.ts'
import { accessExpression } from './access_expression.ts'

/** How many line_info records behind that of the instruction are searched for its expression, and as many before it. */
const SEARCHED_LINES = 48

/** What a program asks for, in C, and the line where it does. */
export interface FoundExpression {
  readonly source: SourceLine | undefined
  readonly expression: string
}

/** The expression of a field access and its line; compilers compute addresses early, so it is often in a line that follows. */
export function findExpression(
  step: Extract<LoadStep, { kind: 'core-resolved' }>,
  lines: readonly SourceLineStart[],
): FoundExpression {
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
