import {
  bundledObject,
  commFilter,
  intervalOptions,
  log2Histogram,
  pidFilter,
  type Tool,
} from '../tool/index.ts'

/** `struct histogram` of bpf/counting.h, as BTF decodes it. */
interface Waited {
  readonly slots: readonly bigint[]
  readonly comm: string
}

export const runqlat: Tool = {
  name: 'runqlat',
  summary: 'Show how long tasks that can run wait for a processor, as a histogram',
  examples: [
    ['rawbpf runqlat', 'all tasks, until Ctrl-C'],
    ['rawbpf runqlat -m -i 1', 'in milliseconds, every second'],
    ['rawbpf runqlat -P --comm make', 'a histogram for each process named make'],
  ],
  object: bundledObject('runqlat'),
  options: [
    pidFilter,
    commFilter,
    { flags: '-P, --by-process', description: 'a histogram for each process', global: 'by_process' },
    { flags: '-m, --milliseconds', description: 'instead of microseconds', global: 'milliseconds' },
    ...intervalOptions,
  ],
  run: async (session) => {
    const { byProcess, milliseconds } = session.options
    const unit = milliseconds === true ? 'msecs' : 'usecs'
    const object = session.load()
    object.attach()
    session.announce('Measuring how long tasks wait for a processor.')

    for await (const waited of session.snapshots(object.map('histograms').as.hash<number, Waited>())) {
      const byPid = waited.toSorted(([one], [other]) => one - other)
      session.printHistograms(
        byPid.map(([pid, { slots, comm }]) => ({
          labels: byProcess === true ? { pid, comm } : {},
          histogram: log2Histogram(slots, unit),
        })),
      )
    }
  },
}
