import { helperEnumerator, helperName } from '../abi/helper_name.ts'
import type { Endianness } from '../base/reader.ts'
import type { Btf } from '../btf/btf.ts'
import { insnIndex } from '../base/units.ts'
import { POISON_HELPER } from '../core/patch.ts'
import { type CoreResolution, describeLocal, describeTarget } from '../core/resolution.ts'
import { disassemble } from '../insn/disassemble.ts'
import { type Insn, isHelperCall, isLdimm64, isSubprogramAddress, isSubprogramCall } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import { INSN_SIZE } from '../insn/opcodes.ts'
import type { ExternResolution } from '../relocate/extern_resolution.ts'
import type { LinkedFunction, RelocatedProgram } from '../relocate/relocated_object.ts'
import { type SourceLine, sourceLineStarts } from '../relocate/source_line.ts'

/** A relocated program, instruction by instruction, with everything that relocation did to each. */
export interface ProgramReport {
  readonly name: string
  readonly section: string
  /** `BPF_PROG_TYPE_*`. */
  readonly type: string
  /** The program's own function first, then those that it calls. */
  readonly functions: readonly { readonly name: string; readonly section: string; readonly start: number }[]
  readonly insns: readonly InsnReport[]
}

export interface InsnReport {
  /** From the start of the program, in slots of 8 bytes. */
  readonly insn: number
  /** The C line whose code starts here. */
  readonly source: SourceLine | undefined
  /** One slot, or the two of an `ldimm64`. */
  readonly after: InsnText
  /** As the object file has it, where relocation changed it. */
  readonly before: InsnText | undefined
  readonly relocations: readonly RelocationReport[]
}

export interface InsnText {
  /** In hexadecimal, as in memory. */
  readonly bytes: string
  readonly text: string
}

/** Why an instruction is what it is. */
export type RelocationReport =
  | {
      readonly kind: 'core'
      /** Of the relocation, e.g. `field_byte_offset`. */
      readonly relocation: CoreResolution['kind']
      /** What is asked for: `struct task_struct.pid`. */
      readonly subject: string
      /** The types that were asked, of the target and of its modules. */
      readonly candidates: readonly { readonly btf: string; readonly type: number }[]
      /** Where the target has it, e.g. `type 42, bit 64`. */
      readonly found: string | undefined
      /** In the object's own types. A decimal string where a number would not be exact. */
      readonly expected: number | string | undefined
      /** In the target's; undefined where it has no such thing. */
      readonly value: number | string | undefined
      /** Whether the instruction cannot do its work there, so that the verifier is to refuse it where it is reached. */
      readonly poisoned: boolean
    }
  /** The address of a map, or of a byte of its value. The descriptor is filled in when the map is there. */
  | { readonly kind: 'map'; readonly map: string; readonly offset: number | undefined }
  | { readonly kind: 'function'; readonly function: string; readonly start: number }
  /** A function or symbol of the kernel. */
  | {
      readonly kind: 'extern'
      readonly extern: string
      /** What it stands for, for people: `type 42 of vmlinux`. */
      readonly found: string
    }
  /** A table that the program jumps by; it becomes a map. */
  | { readonly kind: 'jump-table'; readonly table: string; readonly targets: readonly number[] }

/**
 * Says of each instruction of a program what it was, what it is, and why.
 *
 * @param object What the program is part of: its byte order, and its types, which have the C source lines.
 */
export function reportProgram(
  program: RelocatedProgram,
  { endianness, btf }: { readonly endianness: Endianness; readonly btf: Btf | undefined },
): ProgramReport {
  const original = originalInsns(program.functions)
  const before = new InsnView(original, endianness)
  const after = new InsnView(program.insns, endianness)
  const relocations = relocationsByInsn(program, after)
  const lines = sourceLines(program, btf)
  const insns: InsnReport[] = []
  for (let insn = 0; insn < after.length;) {
    const slots = slotsAt(before, after, insn)
    const [old, current] = [
      insnText(original, before, insn, slots),
      insnText(program.insns, after, insn, slots),
    ]
    insns.push({
      insn,
      source: lines.get(insn),
      after: current,
      before: old.bytes === current.bytes ? undefined : old,
      relocations: relocations.get(insn) ?? [],
    })
    insn += slots
  }
  const { definition, name: section } = program.section
  const functions = program.functions.map(({ name, sectionName, start }) => ({
    name,
    section: sectionName,
    start,
  }))
  return { name: program.name, section, type: definition.programType, functions, insns }
}

function sourceLines({ lineInfo }: RelocatedProgram, btf: Btf | undefined): ReadonlyMap<number, SourceLine> {
  if (lineInfo === undefined || btf === undefined) return new Map()
  const starts = sourceLineStarts(lineInfo, btf)
  // One line of C often has several records, one for each part of its expression.
  const changes = starts.filter(({ line }, index) => !isSameLine(line, starts[index - 1]?.line))
  return new Map(changes.map(({ insn, line }) => [insn, line]))
}

function isSameLine(line: SourceLine, other: SourceLine | undefined): boolean {
  return line.lineNumber === other?.lineNumber && line.fileName === other.fileName
}

function originalInsns(functions: readonly LinkedFunction[]): Uint8Array {
  const bytes = new Uint8Array(functions.reduce((sum, { original }) => sum + original.length, 0))
  for (const { start, original } of functions) bytes.set(original, start * INSN_SIZE)
  return bytes
}

function relocationsByInsn(
  program: RelocatedProgram,
  insns: InsnView,
): ReadonlyMap<number, readonly RelocationReport[]> {
  const byInsn = new Map<number, RelocationReport[]>()
  const add = (insn: number, report: RelocationReport): void => {
    const known = byInsn.get(insn) ?? []
    byInsn.set(insn, [...known, report])
  }
  for (const { insn, resolution } of program.coreRelocations) {
    add(insn, coreReport(resolution, isPoisoned(insns.get(insn))))
  }
  for (const { insn, map, kind, offset } of program.mapReferences) {
    add(insn, { kind: 'map', map, offset: kind === 'map' ? undefined : offset })
  }
  for (const { insn, extern, resolution } of program.externs) {
    add(insn, { kind: 'extern', extern, found: externText(resolution) })
  }
  for (const { insn, name, targets } of program.jumpTables) {
    add(insn, { kind: 'jump-table', table: name, targets })
  }
  const starts = new Map(program.functions.map(({ name, start }) => [Number(start), name]))
  for (let insn = 0; insn < insns.length; insn++) {
    const slot = insns.get(insnIndex(insn))
    if (!isSubprogramCall(slot) && !isSubprogramAddress(slot)) continue
    const start = insn + 1 + slot.imm
    const name = starts.get(start)
    if (name !== undefined) add(insn, { kind: 'function', function: name, start })
  }
  return byInsn
}

/** Whether an instruction is what CO-RE puts where the target has nothing to access. */
export function isPoisoned(insn: Insn): boolean {
  return isHelperCall(insn) && insn.imm === POISON_HELPER
}

/** What an extern stands for, for people. */
export function externText(resolution: ExternResolution): string {
  switch (resolution.kind) {
    case 'value':
      return `${resolution.text} of ${resolution.source}`
    case 'address':
      return `address 0x${resolution.address.toString(16)}`
    case 'kernel type':
      return `type ${resolution.id} of ${resolution.module ?? 'vmlinux'}`
    case 'missing':
      return 'nothing: it is weak, and the kernel does not have it'
  }
}

function exactly(value: bigint | undefined): number | string | undefined {
  if (value === undefined) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function coreReport(resolution: CoreResolution, poisoned: boolean): RelocationReport {
  const { kind, candidates, result } = resolution
  return {
    kind: 'core',
    relocation: kind,
    subject: describeLocal(resolution),
    candidates: candidates.map(({ candidate: { btf, id } }) => ({ btf: btf.name, type: id })),
    found: describeTarget(resolution),
    expected: result.kind === 'value' ? exactly(result.expected) : undefined,
    value: result.kind === 'value' ? exactly(result.value) : undefined,
    poisoned,
  }
}

/** An `ldimm64` has two; relocation may have made two instructions of it, both poisoned. */
function slotsAt(before: InsnView, after: InsnView, insn: number): 1 | 2 {
  if (insn + 1 >= after.length) return 1
  return isLdimm64(before.get(insnIndex(insn))) || isLdimm64(after.get(insnIndex(insn))) ? 2 : 1
}

/** Calls of helpers have the helper's name before its number, as the kernel writes them. */
function slotText(insn: Insn): string {
  const name = isHelperCall(insn) ? helperEnumerator(insn.imm) : undefined
  return name === undefined ? disassemble(insn) : `call ${helperName(insn.imm)}#${insn.imm}`
}

function insnText(bytes: Uint8Array, view: InsnView, insn: number, slots: 1 | 2): InsnText {
  const start = insn * INSN_SIZE
  const hex = Buffer.from(bytes.subarray(start, start + slots * INSN_SIZE)).toString('hex')
  const first = view.get(insnIndex(insn))
  if (slots === 1) return { bytes: hex, text: slotText(first) }
  const second = view.get(insnIndex(insn + 1))
  const text = isLdimm64(first)
    ? disassemble(first, second.imm)
    : `${disassemble(first)}; ${disassemble(second)}`
  return { bytes: hex, text }
}
