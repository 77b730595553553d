import { BpfKernel } from '../loader/bpf_kernel.ts'

const UNIT = '/sys/bus/event_source/devices/uprobe'

/** What sysfs says of uprobes. */
export const uprobeFiles: Readonly<Record<string, string>> = {
  [`${UNIT}/type`]: '8\n',
  [`${UNIT}/format/retprobe`]: 'config:0\n',
  [`${UNIT}/format/ref_ctr_offset`]: 'config:32-63\n',
}

/** A fake kernel with uprobes. */
export function uprobeKernel(files: Readonly<Record<string, string>> = {}): BpfKernel {
  return new BpfKernel({ ...uprobeFiles, ...files })
}
