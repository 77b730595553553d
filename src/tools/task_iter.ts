import { KernelSymbols, type LoadedObject, openKernel, symbolize } from '../index.ts'
import {
  bundledObject,
  type Column,
  commColumn,
  commFilter,
  number,
  pidColumn,
  pidFilter,
  text,
  type Tool,
} from '../tool/index.ts'

/** `struct task` of bpf/task-iter.bpf.c, as BTF decodes it. */
interface TaskRecord {
  readonly pid: number
  readonly tid: number
  readonly state: number
  readonly exit_state: number
  readonly depth: number
  readonly comm: string
  readonly frames: readonly bigint[]
}

/** What is printed of it. */
interface Task {
  readonly pid: number
  readonly tid: number
  /** A letter as ps(1) has them. */
  readonly state: string
  readonly comm: string
  /** Functions of the kernel that it is in, from the innermost on. */
  readonly stack: readonly string[]
}

/** TASK_IDLE: it sleeps like D, and nobody waits for it. */
const IDLE = 0x402

/** By the highest of the seven bits that are told (task_index_to_char() in include/linux/sched.h, Linux 6.18). */
export function stateLetter(state: number, exitState: number): string {
  if (state === IDLE) return 'I'
  return 'RSDTtXZP'.charAt(32 - Math.clz32((state | exitState) & 0x7f))
}

/** The functions that wait are the innermost ones, and say little of what for. */
const SHOWN = 4
const waiting = /^(?:__)?(?:schedule|context_switch)/

export const columns: readonly Column<Task>[] = [
  pidColumn,
  number('TID', 7, ({ tid }) => tid),
  text('S', 1, ({ state }) => state),
  commColumn,
  text('IN', 20, ({ stack }) =>
    stack
      .filter((name) => !waiting.test(name))
      .slice(0, SHOWN)
      .join(' < '),
  ),
]

function* tasks(object: LoadedObject): Generator<Task> {
  const symbols = new KernelSymbols(openKernel())
  const decoder = object.decoder<TaskRecord>('task')
  using link = object.program('dump_task').attach()
  // The kernel never divides what the program writes at once.
  for (const chunk of link.openIterator().chunks()) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (let offset = 0; offset < chunk.length; offset += decoder.size) {
      const { frames, depth, state, exit_state, pid, tid, comm } = decoder.decode(view, offset)
      const addresses = frames.slice(0, depth).map((address) => ({ kind: 'address', address }) as const)
      const stack = symbolize(addresses, symbols).map(
        ({ name }, frame) => name ?? `0x${addresses[frame]?.address.toString(16) ?? ''}`,
      )
      yield { pid, tid, state: stateLetter(state, exit_state), comm, stack }
    }
  }
}

export const taskIter: Tool = {
  name: 'task-iter',
  summary: 'List all tasks with their state and what they do in the kernel (an iterator)',
  examples: [['rawbpf task-iter --comm sshd', 'what each thread of sshd waits for']],
  object: bundledObject('task-iter'),
  options: [pidFilter, commFilter],
  run: async (session) => {
    await session.printRecords(tasks(session.load()), columns)
  },
}
