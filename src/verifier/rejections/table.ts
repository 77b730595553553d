import type { RejectionKind } from '../rejection.ts'
import { callRejections } from './calls.ts'
import { flowRejections } from './flow.ts'
import { memoryRejections } from './memory.ts'
import { programRejections, verifierBug } from './program.ts'
import { resourceRejections } from './resources.ts'
import { valueRejections } from './values.ts'

/**
 * All kinds of rejections that are known, in the order in which they are tried. The verifier's words were read in Linux 5.10,
 * 6.1, 6.12, 7.2 and 7.3: kernel/bpf/verifier.c, btf.c and what was split from them.
 */
export const rejectionKinds: readonly RejectionKind[] = [
  verifierBug,
  ...resourceRejections,
  ...callRejections,
  ...memoryRejections,
  ...valueRejections,
  ...flowRejections,
  ...programRejections,
]
