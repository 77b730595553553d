import { bpf_map_create_flags, bpf_map_type } from '../../abi/generated/bpf.ts'
import { createMap } from '../bpf_calls.ts'
import { probe, THERE } from './probe.ts'

const ARRAY = {
  map_type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
  key_size: 4,
  value_size: 4,
  max_entries: 1,
} as const

/** Kernels refuse flags that they do not know with EINVAL, and fields that they do not know with E2BIG. */
const UNKNOWN_TO_THE_KERNEL = ['EINVAL', 'E2BIG']

/** Whether arrays can be mapped into user space: BPF_F_MMAPABLE, Linux 5.5. */
export const hasMmapableArrays = probe(UNKNOWN_TO_THE_KERNEL, (kernel) => {
  createMap(kernel, { ...ARRAY, map_flags: bpf_map_create_flags.BPF_F_MMAPABLE }).close()
  return THERE
})
