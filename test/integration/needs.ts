import { execFileSync } from 'node:child_process'
import { bpf_map_type } from '../../src/abi/generated/bpf.ts'
import { runningKernelBtf } from '../../src/loader/target_btf.ts'
import { createMap } from '../../src/kernel/bpf_calls.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readTracepointId } from '../../src/kernel/tracefs.ts'
import { featureTest, kernelTest } from '../kernel/require.ts'

const ARRAY = {
  map_type: bpf_map_type.BPF_MAP_TYPE_ARRAY,
  key_size: 4,
  value_size: 4,
  max_entries: 1,
} as const

function whyNotTrace(): string | undefined {
  const kernel = openKernel()
  createMap(kernel, ARRAY).close()
  readTracepointId(kernel, 'sched', 'sched_process_exec')
  return undefined
}

/** Tests that run `rawbpf bootstrap`. */
export const traceTest = kernelTest('permission to load BPF and to read tracefs', whyNotTrace)

/** Before Linux 6.16 a process's end is the end of its first thread, as far as the tracepoint tells. */
export const groupDeadTest = featureTest({
  name: 'group_dead in tracepoint sched_process_exit',
  since: [6, 16],
  whyNot: whyNoGroupDead,
})

function whyNoGroupDead(): string | undefined {
  const why = whyNotTrace()
  if (why !== undefined) return why
  const record = runningKernelBtf(openKernel(), undefined).find(
    'trace_event_raw_sched_process_exit',
    'struct',
  )
  if (record?.kind !== 'struct') return 'the kernel has no such struct'
  return record.members.some(({ name }) => name === 'group_dead')
    ? undefined
    : 'the struct has no such member'
}

/** Tests that run `rawbpf bootstrap` under, or beside, another tool. */
export function toolTest(tool: string, versionArgument: string): ReturnType<typeof kernelTest> {
  return kernelTest(`${tool}, and permission to load BPF and to read tracefs`, () => {
    execFileSync(tool, [versionArgument], { stdio: 'ignore' })
    return whyNotTrace()
  })
}
