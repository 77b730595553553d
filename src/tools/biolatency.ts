import {
  bundledObject,
  disk,
  intervalOptions,
  log2Histogram,
  type Tool,
  tracepointArguments,
} from '../tool/index.ts'

/** `struct key` of bpf/biolatency.bpf.c, as BTF decodes it. */
interface Key {
  readonly flags: number
  readonly disk: string
}

/** REQ_OP_* of include/linux/blk_types.h, those whose numbers are the same from Linux 5.10 to 7.2. */
const operations = new Map([
  [0, 'Read'],
  [1, 'Write'],
  [2, 'Flush'],
  [3, 'Discard'],
  [5, 'SecureErase'],
  [9, 'WriteZeroes'],
])
const OPERATION_MASK = 0xff

/** REQ_* of the same header, those that tell about what is asked for; their bits are the same there, too. */
const attributes = new Map([
  [11, 'Sync'],
  [12, 'Metadata'],
  [13, 'Priority'],
  [17, 'ForcedUnitAccess'],
  [18, 'PreFlush'],
  [19, 'ReadAhead'],
  [20, 'Background'],
])
const FLAGS_MASK = [...attributes.keys()].reduce((mask, bit) => mask | (1 << bit), OPERATION_MASK)

function flagsText(flags: number): string {
  const operation = flags & OPERATION_MASK
  const set = [...attributes].filter(([bit]) => (flags & (1 << bit)) !== 0).map(([, name]) => name)
  return [...set, operations.get(operation) ?? `Operation${operation}`].join('-')
}

export const biolatency: Tool = {
  name: 'biolatency',
  summary: 'Show how long disks take for requests, as a histogram',
  examples: [
    ['rawbpf biolatency', 'all disks, until Ctrl-C'],
    ['rawbpf biolatency -D -F -i 5', 'for each disk and each sort of request, every 5 seconds'],
    ['rawbpf biolatency -Q --disk vda', 'of one disk, with the time in the queue'],
  ],
  object: bundledObject('biolatency'),
  options: [
    { flags: '--disk <name>', description: 'only this disk', value: disk, global: 'filter_disk' },
    { flags: '-D, --by-disk', description: 'a histogram for each disk', global: 'by_disk' },
    { flags: '-F, --by-flags', description: 'a histogram for each sort of request' },
    { flags: '-Q, --queued', description: 'count the time in the queue of the scheduler, too' },
    { flags: '-m, --milliseconds', description: 'instead of microseconds', global: 'milliseconds' },
    ...intervalOptions,
  ],
  run: async (session) => {
    const { byDisk, byFlags, queued, milliseconds } = session.options
    const { globals, programs } = session.spec
    // The request is the first argument, or behind its queue on older kernels; these may lack the tracepoint of merges, too.
    globals['queue_comes_first'] = tracepointArguments('block_rq_issue') === 2
    globals['flags_mask'] = byFlags === true ? FLAGS_MASK : 0
    const merges = tracepointArguments('block_rq_merge') === undefined ? [] : ['handle_merge']
    const starts = queued === true ? ['handle_insert', 'handle_issue_of_queued', ...merges] : ['handle_issue']
    for (const program of programs.values()) {
      program.autoload = [...starts, 'handle_complete'].includes(program.name)
    }

    const object = session.load()
    object.attach()
    session.announce('Measuring how long disks take.')
    for await (const taken of session.snapshots(
      object.map('histograms').as.hash<Key, { slots: bigint[] }>(),
    )) {
      const histograms = taken.map(([{ disk, flags }, { slots }]) => ({
        labels: {
          ...(byDisk === true ? { disk } : {}),
          ...(byFlags === true ? { flags: flagsText(flags) } : {}),
        },
        histogram: log2Histogram(slots, milliseconds === true ? 'msecs' : 'usecs'),
      }))
      session.printHistograms(histograms)
    }
  },
}
