import { bpf_attach_type } from '../abi/generated/bpf.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { hasUprobeMulti } from '../kernel/probes/uprobe_multi.ts'
import type { SectionDefinition } from '../object/section_definitions.ts'

/**
 * `expected_attach_type` of BPF_PROG_LOAD; 0 where the program type has none. How a USDT program is going to be attached is
 * decided here, as libbpf does: by one link to all places of a probe where the kernel has such links. Whoever attaches it
 * asks the same probe.
 */
export function expectedAttachType(kernel: Kernel, { attachType, attachedTo }: SectionDefinition): number {
  if (attachType !== undefined) return bpf_attach_type[attachType]
  if (attachedTo !== 'usdt' || hasUprobeMulti(kernel).kind !== 'there') return 0
  return bpf_attach_type.BPF_TRACE_UPROBE_MULTI
}
