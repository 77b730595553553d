import type { RelocatedProgram } from '../relocate/relocated_object.ts'
import type { VerifierVerdict } from '../verifier/verdict.ts'

/** What the verifier says of a call that goes to no helper; the number is the poison's. */
const POISONED = /unknown#2002\d{6}/

/**
 * The verdict in words that the program's author knows, where the verifier stopped at the call of a weak kernel function that
 * the kernel does not have: such calls are poisoned (src/relocate/extern_patch.ts).
 */
export function explainMissingKfunc(program: RelocatedProgram, verdict: VerifierVerdict): VerifierVerdict {
  const missing = program.externs.find(
    ({ insn, form, resolution }) => insn === verdict.insn && form === 'call' && resolution.kind === 'missing',
  )
  if (missing === undefined || !POISONED.test(verdict.reason)) return verdict
  return {
    ...verdict,
    reason:
      `it calls ${missing.extern}(), which the kernel does not have, or has with other parameters; guard the call with ` +
      `bpf_ksym_exists(${missing.extern})`,
  }
}
