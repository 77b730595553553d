import type { AttrValues } from '../../abi/attr_table.ts'
import type { MAP_CREATE } from '../../abi/bpf_attr.ts'
import { bpf_map_create_flags, bpf_map_type } from '../../abi/generated/bpf.ts'
import { createMap } from '../bpf_calls.ts'
import type { Kernel } from '../kernel.ts'
import { probe, THERE, type ProbeOutcome } from './probe.ts'

const ARRAY = {
  map_type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
  key_size: 4,
  value_size: 4,
  max_entries: 1,
} as const

/** Kernels refuse flags that they do not know with EINVAL, and fields that they do not know with E2BIG. */
const UNKNOWN_TO_THE_KERNEL = ['EINVAL', 'E2BIG']

const askWith =
  (values: Partial<AttrValues<typeof MAP_CREATE>>) =>
  (kernel: Kernel): ProbeOutcome => {
    createMap(kernel, { ...ARRAY, ...values }).close()
    return THERE
  }

/** Whether arrays can be mapped into user space: BPF_F_MMAPABLE, Linux 5.5. */
export const hasMmapableArrays = probe(
  UNKNOWN_TO_THE_KERNEL,
  askWith({ map_flags: bpf_map_create_flags.BPF_F_MMAPABLE }),
)

/** Whether arrays can be read-only for programs, as `.rodata` has to be: BPF_F_RDONLY_PROG, Linux 5.2. */
export const hasReadOnlyData = probe(
  UNKNOWN_TO_THE_KERNEL,
  askWith({ map_flags: bpf_map_create_flags.BPF_F_RDONLY_PROG }),
)

/** Whether maps and programs can have names: Linux 4.15. */
export const hasObjectNames = probe(UNKNOWN_TO_THE_KERNEL, askWith({ map_name: 'rawbpf_probe' }))
