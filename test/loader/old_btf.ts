import { Btf } from '../../src/btf/btf.ts'
import { type BtfFeature, usedFeatures } from '../../src/btf/sanitize.ts'
import type { EncodedAttr } from '../../src/abi/encoded_attr.ts'
import type { Kernel } from '../../src/kernel/kernel.ts'
import { replaceBpf } from '../../src/kernel/replace_bpf.ts'
import { bpf_cmd } from '../../src/abi/generated/bpf.ts'
import { bufferOf, fail } from './bpf_kernel.ts'

/** Refuses BTF that uses one of these features, with a line in the log that names it. */
export function refuseFeatures(attr: EncodedAttr, lacking: readonly BtfFeature[]): void {
  const used = usedFeatures(Btf.parse(bufferOf(attr, 'btf'), { name: 'loaded' }))
  const refused = lacking.find((feature) => used.has(feature))
  if (refused === undefined) return
  const log = attr.pointers.find(({ field }) => field === 'btf_log_buf')?.target
  log?.set(new TextEncoder().encode(`[1] INT int\n\t${refused} unknown\n`))
  fail('bpf', 'BPF_BTF_LOAD', 22)
}

/** The same kernel with less BTF. */
export function kernelWithout(kernel: Kernel, lacking: readonly BtfFeature[]): Kernel {
  const bpf: Kernel['bpf'] = (command, attr) => {
    if (command === bpf_cmd.BPF_BTF_LOAD) refuseFeatures(attr, lacking)
    return kernel.bpf(command, attr)
  }
  return replaceBpf(kernel, bpf)
}
