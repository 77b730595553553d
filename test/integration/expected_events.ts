import { basename } from 'node:path'
import type { JsonEvent } from './tracer.ts'
import type { Process } from './workload.ts'

/** Bytes of a process's name and of a file name that a record has room for (bpf/bootstrap.h). */
const COMM_BYTES = 15
const FILENAME_BYTES = 127

/** What the lines about a process have to say, but for what only the kernel knows: when, and for how long. */
export type ExpectedEvent = Omit<JsonEvent, 'time' | 'duration_ns'>

export function expectedEvents({ job, pid }: Process): readonly ExpectedEvent[] {
  const files = job.execs ?? [job.file]
  const execs = files.map((file): ExpectedEvent => {
    return { event: 'EXEC', comm: commOf(file), pid, ppid: process.pid, filename: cut(file, FILENAME_BYTES) }
  })
  const comm = job.endsAs ?? commOf(files.at(-1) ?? job.file)
  const end = { exit_code: 0, signal: 0, ...job.end }
  return [...execs, { event: 'EXIT', comm, pid, ppid: process.pid, ...end }]
}

/** The kernel names a process after its file: the part behind the last slash, cut (begin_new_exec() in fs/exec.c). */
export function commOf(file: string): string {
  return cut(basename(file), COMM_BYTES)
}

/** The first bytes of a text; a character that is cut in two shows as U+FFFD. */
function cut(text: string, bytes: number): string {
  return Buffer.from(text).subarray(0, bytes).toString()
}

/**
 * Compares what was printed with what was run, process by process, and returns a sentence for each difference: a line
 * that is missing, one too many, and any field that is wrong. Lines about processes that somebody else started, who may
 * have got a pid of ours later, are told by their parent.
 */
export function differences(events: readonly JsonEvent[], processes: readonly Process[]): readonly string[] {
  const printed = groupByPid(events.filter(({ ppid }) => ppid === process.pid))
  return [...groupByPid(processes)].flatMap(([pid, ours]) => {
    const actual = printed.get(pid) ?? []
    const expected = ours.flatMap(expectedEvents)
    const wanted = JSON.stringify(expected)
    const found = JSON.stringify(actual.map(withoutTimes))
    if (wanted !== found) return [`process ${pid}: expected ${wanted}, printed ${found}`]
    return ours.length === 1 ? ours.flatMap((process) => wrongTimes(process, actual)) : []
  })
}

function withoutTimes(event: JsonEvent): ExpectedEvent {
  const entries = Object.entries(event).filter(([key]) => key !== 'time' && key !== 'duration_ns')
  return Object.fromEntries(entries) as unknown as ExpectedEvent
}

/** Pids are used again once all were used, so that a long test can meet one twice. */
function groupByPid<T extends { readonly pid: number }>(
  items: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(item.pid)
    if (group === undefined) groups.set(item.pid, [item])
    else group.push(item)
  }
  return groups
}

function wrongTimes(process: Process, events: readonly JsonEvent[]): readonly string[] {
  const now = Date.now()
  const wrong = events.filter(
    ({ time }) => !(Date.parse(time) >= process.startedAt && Date.parse(time) <= now),
  )
  const sentences = wrong.map(
    (event) => `printed before it happened, or later than now: ${JSON.stringify(event)}`,
  )
  const duration = events.at(-1)?.duration_ns
  if (typeof duration === 'number' && duration > 0 && BigInt(duration) <= process.seenForNs) return sentences
  const seen = `it was there for at most ${process.seenForNs} ns`
  return [...sentences, `process ${process.pid}: duration_ns is ${String(duration)}, and ${seen}`]
}
