import { perf_hw_id, perf_sw_ids, perf_type_id } from '../abi/generated/bpf.ts'
import { perf_event_attr_flags } from '../abi/perf_event_attr.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { openPerfEvent } from '../kernel/perf_calls.ts'
import { SyscallError } from '../kernel/syscall_error.ts'
import type { HardwareEvent, PerfEvent, SoftwareEvent } from '../object/perf_event_target.ts'

const hardware: Readonly<Record<HardwareEvent, number>> = {
  cpu_cycles: perf_hw_id.PERF_COUNT_HW_CPU_CYCLES,
  instructions: perf_hw_id.PERF_COUNT_HW_INSTRUCTIONS,
  cache_references: perf_hw_id.PERF_COUNT_HW_CACHE_REFERENCES,
  cache_misses: perf_hw_id.PERF_COUNT_HW_CACHE_MISSES,
  branch_instructions: perf_hw_id.PERF_COUNT_HW_BRANCH_INSTRUCTIONS,
  branch_misses: perf_hw_id.PERF_COUNT_HW_BRANCH_MISSES,
  bus_cycles: perf_hw_id.PERF_COUNT_HW_BUS_CYCLES,
  stalled_cycles_frontend: perf_hw_id.PERF_COUNT_HW_STALLED_CYCLES_FRONTEND,
  stalled_cycles_backend: perf_hw_id.PERF_COUNT_HW_STALLED_CYCLES_BACKEND,
  ref_cpu_cycles: perf_hw_id.PERF_COUNT_HW_REF_CPU_CYCLES,
}

const software: Readonly<Record<SoftwareEvent, number>> = {
  cpu_clock: perf_sw_ids.PERF_COUNT_SW_CPU_CLOCK,
  task_clock: perf_sw_ids.PERF_COUNT_SW_TASK_CLOCK,
  page_faults: perf_sw_ids.PERF_COUNT_SW_PAGE_FAULTS,
  context_switches: perf_sw_ids.PERF_COUNT_SW_CONTEXT_SWITCHES,
  cpu_migrations: perf_sw_ids.PERF_COUNT_SW_CPU_MIGRATIONS,
  page_faults_min: perf_sw_ids.PERF_COUNT_SW_PAGE_FAULTS_MIN,
  page_faults_maj: perf_sw_ids.PERF_COUNT_SW_PAGE_FAULTS_MAJ,
  alignment_faults: perf_sw_ids.PERF_COUNT_SW_ALIGNMENT_FAULTS,
  emulation_faults: perf_sw_ids.PERF_COUNT_SW_EMULATION_FAULTS,
}

/** The event as perf_event_open(2) takes it. */
export function numbersOf(event: PerfEvent): { readonly type: number; readonly config: bigint } {
  switch (event.type) {
    case 'hardware':
      return { type: perf_type_id.PERF_TYPE_HARDWARE, config: BigInt(hardware[event.name]) }
    case 'software':
      return { type: perf_type_id.PERF_TYPE_SOFTWARE, config: BigInt(software[event.name]) }
    default:
      return event
  }
}

const OWN_PROCESS = { pid: 0, cpu: -1 }

/** The kernel does not have the event, or the machine does not count it. */
const NOT_THERE: ReadonlySet<string> = new Set(['ENOENT', 'EOPNOTSUPP', 'EINVAL', 'ENODEV', 'ENXIO'])

/**
 * The events that this machine has, as `software/cpu_clock`: each is opened for this process and closed again, without counting
 * anything. Those that this process may not open are there nevertheless.
 *
 * @throws SyscallError where none can be asked for, as on a kernel without CONFIG_PERF_EVENTS
 */
export function perfEventNames(kernel: Kernel): readonly string[] {
  const events = [
    ...namesOf(software).map((name) => ({ type: 'software', name }) as const),
    ...namesOf(hardware).map((name) => ({ type: 'hardware', name }) as const),
  ]
  return events.filter((event) => isThere(kernel, event)).map(({ type, name }) => `${type}/${name}`)
}

function isThere(kernel: Kernel, event: PerfEvent): boolean {
  try {
    openPerfEvent(kernel, { ...numbersOf(event), flags: perf_event_attr_flags.disabled }, OWN_PROCESS).close()
    return true
  } catch (error) {
    if (!(error instanceof SyscallError) || error.errnoName === 'ENOSYS') throw error
    return !NOT_THERE.has(error.errnoName)
  }
}

function namesOf<Name extends string>(numbers: Readonly<Record<Name, number>>): readonly Name[] {
  return Object.keys(numbers).filter((name): name is Name => name in numbers)
}
