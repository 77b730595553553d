/** What a perf event counts or samples, by the names of include/uapi/linux/perf_event.h, or by numbers of any other event source. */
export type PerfEvent =
  | { readonly type: 'hardware'; readonly name: HardwareEvent }
  | { readonly type: 'software'; readonly name: SoftwareEvent }
  /** `type` and `config` as the kernel takes them: `/sys/bus/event_source/devices/SOURCE/type` has those of other sources. */
  | { readonly type: number; readonly config: bigint }

/** PERF_COUNT_HW_CPU_CYCLES and its like. Virtual machines may have none of them. */
export type HardwareEvent =
  | 'cpu_cycles'
  | 'instructions'
  | 'cache_references'
  | 'cache_misses'
  | 'branch_instructions'
  | 'branch_misses'
  | 'bus_cycles'
  | 'stalled_cycles_frontend'
  | 'stalled_cycles_backend'
  | 'ref_cpu_cycles'

/** PERF_COUNT_SW_CPU_CLOCK and its like, which every kernel has. */
export type SoftwareEvent =
  | 'cpu_clock'
  | 'task_clock'
  | 'page_faults'
  | 'context_switches'
  | 'cpu_migrations'
  | 'page_faults_min'
  | 'page_faults_maj'
  | 'alignment_faults'
  | 'emulation_faults'

/** How often a program of section `perf_event` runs: with every `period`th event, or `frequency` times a second. */
export type SampleRate = { readonly period: number | bigint } | { /** Hertz. */ readonly frequency: number }

/**
 * A perf event whose samples run the program. Clocks count nanoseconds: `cpu_clock` with a frequency of 99 is what profilers
 * ask for.
 */
export interface PerfEventTarget {
  readonly kind: 'perf_event'
  readonly event: PerfEvent
  readonly rate: SampleRate
  /** A process, with the threads that it starts from now on. Default: all of them. */
  readonly pid?: number | undefined
  /** Default: every cpu that is online, or with a `pid` whichever that runs on. */
  readonly cpu?: number | undefined
  /** 64 bits that the program gets from bpf_get_attach_cookie() wherever it runs for this link (Linux 5.15). Default 0. */
  readonly cookie?: bigint | undefined
}
