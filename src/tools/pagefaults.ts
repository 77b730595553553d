import {
  bundledObject,
  commColumn,
  commFilter,
  intervalOptions,
  linearHistogram,
  number,
  pidColumn,
  pidFilter,
  type Tool,
  topOption,
  wholeNumber,
} from '../tool/index.ts'

/** `struct faults` of bpf/pagefaults.bpf.c, as BTF decodes it. */
interface Faults {
  readonly minor: bigint
  readonly major: bigint
  readonly comm: string
}

interface Row extends Faults {
  readonly pid: number
}

const columns = [
  pidColumn,
  commColumn,
  number<Row>('MINOR', 10, ({ minor }) => minor),
  number<Row>('MAJOR', 10, ({ major }) => major),
]

const sum = ({ minor, major }: Faults): bigint => minor + major

/** The entries as rows, those with most faults first. */
function rowsOf(counts: readonly (readonly [bigint, Faults])[]): readonly Row[] {
  const rows = counts.map(([pid, faults]) => ({ pid: Number(pid), ...faults }))
  return rows.sort((one, other) => Number(sum(other) - sum(one)))
}

/** How many faults there were in each slot of time from slot `first` on. */
function slotsOf(counts: readonly (readonly [bigint, Faults])[], first: bigint): readonly bigint[] {
  const slots = new Map(counts.map(([slot, faults]) => [Math.max(0, Number(slot - first)), sum(faults)]))
  return Array.from({ length: Math.max(0, ...slots.keys()) + 1 }, (_, slot) => slots.get(slot) ?? 0n)
}

export const pagefaults: Tool = {
  name: 'pagefaults',
  summary: 'Count page faults, by the process or as a histogram over time',
  examples: [
    ['rawbpf pagefaults -i 1', 'the 10 processes with most faults, every second'],
    ['rawbpf pagefaults --comm node', 'processes named node, until Ctrl-C'],
    ['rawbpf pagefaults --linear 100 -d 5', 'when the faults of 5 seconds came, in slots of 100 ms'],
  ],
  object: bundledObject('pagefaults'),
  options: [
    pidFilter,
    commFilter,
    topOption,
    {
      flags: '-l, --linear <milliseconds>',
      description: 'a linear histogram of when the faults came, with slots of so many milliseconds',
      value: wholeNumber(1, 3_600_000),
    },
    ...intervalOptions,
  ],
  run: async (session) => {
    const { linear, top = 10, cumulative } = session.options
    const slotNs = BigInt(Number(linear ?? 0)) * 1_000_000n
    session.spec.globals['slot_ns'] = slotNs
    const object = session.load()
    // By the clock of bpf_ktime_get_ns(): CLOCK_MONOTONIC.
    const start = process.hrtime.bigint()
    object.globals['start_ns'] = start
    for (const [program, name] of [
      ['count_minor', 'page_faults_min'],
      ['count_major', 'page_faults_maj'],
    ] as const) {
      const event = { type: 'software', name } as const
      object.program(program).attach({ kind: 'perf_event', event, rate: { period: 1 } })
    }
    session.announce('Counting page faults.')

    const currentSlot = (): bigint => (process.hrtime.bigint() - start) / (slotNs || 1n)
    let first = 0n
    for await (const counts of session.snapshots(object.map('counts').as.hash<bigint, Faults>())) {
      if (linear === undefined) {
        session.printTable(rowsOf(counts).slice(0, Number(top)), columns)
        continue
      }
      const histogram = linearHistogram(slotsOf(counts, first), Number(linear), 'msecs')
      session.printHistograms([{ labels: {}, histogram }])
      if (cumulative === undefined) first = currentSlot()
    }
  },
}
