import { BpfError } from '../base/errors.ts'
import { insnIndex } from '../base/units.ts'
import type { Btf } from '../btf/btf.ts'
import { POISON_HELPER } from '../core/patch.ts'
import { type CoreResolution, describeLocal } from '../core/resolution.ts'
import { disassemble } from '../insn/disassemble.ts'
import { isLdimm64 } from '../insn/insn.ts'
import { InsnView } from '../insn/insn_view.ts'
import type { LogLoss } from '../kernel/kernel_log.ts'
import type { SyscallError } from '../kernel/syscall_error.ts'
import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import { sourceLineOf } from '../relocate/source_line.ts'
import { explainMissingKfunc } from './missing_kfunc.ts'
import { readVerdict, type VerifierVerdict } from '../verifier/verdict.ts'
import type { VerifierReport } from '../verifier/report.ts'

export interface Rejection {
  readonly fileName: string
  readonly btf: Btf | undefined
  readonly program: RelocatedProgram
  readonly log: string
  /** What of the log is missing because it was too long. */
  readonly lost: LogLoss
  readonly cause: SyscallError
}

/**
 * The verifier refused a program. The message shows the instruction and its C source, and what the kernel suggests to do,
 * if it does; `log` is all that it said.
 */
export class VerifierError extends BpfError {
  /** The whole log, or 64 MiB of a longer one: its end where the kernel is Linux 6.4 or later, else its start. */
  readonly log: string
  /** The instruction that the verifier looked at last. */
  readonly insn: number | undefined

  constructor(rejection: Rejection) {
    const verdict = explainMissingKfunc(rejection.program, readVerdict(rejection.log))
    super('VERIFIER_REJECTED', describe(rejection, verdict), {
      object: rejection.fileName,
      section: rejection.program.section.name,
      program: rejection.program.name,
      cause: rejection.cause,
    })
    this.log = rejection.log
    this.insn = verdict.insn
  }
}

function describe(rejection: Rejection, verdict: VerifierVerdict): string {
  const { program, fileName, cause } = rejection
  const head = `${fileName}: the verifier refused program ${program.name} (${cause.errnoName}): ${explain(program, verdict)}`
  return [head, ...judgement(verdict), ...place(rejection, verdict), ...advice(rejection, verdict)].join('\n')
}

/** What the kernel says at length, where there are terse words before it. */
function judgement({ reason, report }: VerifierVerdict): readonly string[] {
  if (report === undefined || reason === '') return []
  return [`  ${reportText(report)}`]
}

function reportText({ category, problem, reason }: VerifierReport): string {
  return [category, problem, reason].filter((part) => part !== '').join(': ')
}

function advice({ lost }: Rejection, { report }: VerifierVerdict): readonly string[] {
  const lines: string[] = []
  if (report !== undefined && report.suggestion !== '') lines.push(`  suggestion: ${report.suggestion}`)
  if (lost === 'end') {
    lines.push(
      '  the log is longer than 64 MiB, and what it ends with, which is the reason, is missing from it',
    )
  }
  return lines
}

/** The verifier's reason; for a poisoned instruction what the poison stands for. */
function explain(program: RelocatedProgram, { reason: terse, insn, report }: VerifierVerdict): string {
  const reason = terse === '' && report !== undefined ? reportText(report) : terse
  if (!`${terse}${report?.reason ?? ''}`.includes(`#${POISON_HELPER}`)) return reason
  const poisoned = program.coreRelocations.find((relocation) => relocation.insn === insn)
  if (poisoned === undefined) return reason
  return whyPoisoned(poisoned.resolution)
}

/** What is not there is poisoned, and so is a field that a load or store of its local size would misread. */
function whyPoisoned(resolution: CoreResolution): string {
  const { result } = resolution
  const subject = describeLocal(resolution)
  if (result.kind === 'value' && result.memory.kind === 'unsafe') {
    const { from, to } = result.memory
    return (
      `it accesses ${subject}, which has ${from} bytes in the object's types and ${to} in the target kernel's, so that ` +
      'one instruction cannot read both; read it with BPF_CORE_READ_INTO() or by bpf_core_field_size()'
    )
  }
  const missing = "which the target kernel's BTF does not have"
  switch (resolution.family) {
    case 'field':
      return `it accesses ${subject}, ${missing}; guard the access with bpf_core_field_exists(), or use another field on this kernel`
    case 'type':
      return `it asks for ${subject}, ${missing}; guard it with bpf_core_type_exists()`
    case 'enumerator':
      return `it takes the value of ${subject}, ${missing}; guard it with bpf_core_enum_value_exists()`
  }
}

function place({ program, btf }: Rejection, { insn }: VerifierVerdict): readonly string[] {
  const view = new InsnView(program.insns)
  if (insn === undefined || insn >= view.length) return []
  const slot = view.get(insnIndex(insn))
  const nextImm = isLdimm64(slot) && insn + 1 < view.length ? view.imm(insnIndex(insn + 1)) : undefined
  const text = nextImm === undefined ? disassemble(slot) : disassemble(slot, nextImm)
  const lines = [`  instruction ${insn}: ${text}`]
  const source =
    program.lineInfo === undefined || btf === undefined
      ? undefined
      : sourceLineOf(program.lineInfo, btf, insn)
  if (source !== undefined) lines.push(`  ${source.fileName}:${source.lineNumber}: ${source.text}`)
  return lines
}
