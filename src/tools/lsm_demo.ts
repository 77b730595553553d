import { BpfError, createMap, type LoadedObject } from '../index.ts'
import {
  bundledObject,
  type Column,
  commColumn,
  pidColumn,
  pidFilter,
  text,
  time,
  type Tool,
} from '../tool/index.ts'

/** `struct event` of bpf/lsm-demo.bpf.c, as BTF decodes it. */
interface BpfCallEvent {
  readonly pid: number
  /** A number where the object's headers were older than the command. */
  readonly command: string | number
  readonly refused: boolean
  readonly comm: string
}

export const columns: readonly Column<BpfCallEvent>[] = [
  time,
  commColumn,
  pidColumn,
  text('ANSWER', 7, ({ refused }) => (refused ? 'EPERM' : 'allowed')),
  text('COMMAND', 20, ({ command }) => String(command)),
]

/** Says on standard error what came of it. */
function createAMap(): void {
  try {
    createMap({ type: 'array', name: 'lsm_demo', valueSize: 4, maxEntries: 1 }).close()
    process.stderr.write('created a map\n')
  } catch (error) {
    if (!(error instanceof BpfError)) throw error
    process.stderr.write(`created no map: ${error.message}\n`)
  }
}

function requireRunning({ globals }: LoadedObject): void {
  if (globals['runs'] !== 0n) return
  throw new BpfError(
    'LSM_NOT_RUN',
    'the program is attached to the hook of bpf(2) and is not run: BPF is not among the security modules that ' +
      "/sys/kernel/security/lsm lists; boot with 'bpf' in the kernel's lsm=",
  )
}

export const lsmDemo: Tool = {
  name: 'lsm-demo',
  summary: 'Create a map every second, and watch or refuse it as a security module (LSM)',
  examples: [
    ['rawbpf lsm-demo', 'print what bpf(2) is asked for by this process'],
    ['rawbpf lsm-demo --refuse', 'and refuse BPF_MAP_CREATE, to this process alone'],
  ],
  object: bundledObject('lsm-demo'),
  options: [
    { ...pidFilter, description: 'that process instead of this one' },
    { flags: '--refuse', description: 'refuse BPF_MAP_CREATE with EPERM', global: 'refuse' },
  ],
  run: async (session) => {
    const isOwn = session.options['pid'] === undefined
    if (isOwn) session.spec.globals['filter_pid'] = process.pid
    const object = session.load()
    object.attach()
    const act = isOwn ? createAMap : () => undefined
    act()
    if (isOwn) requireRunning(object)
    session.every(1, act)
    const { signal } = session
    await session.printRecords(object.ringBuffer<BpfCallEvent>('events', 'event', { signal }), columns)
  },
}
