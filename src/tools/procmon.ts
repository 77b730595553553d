import { bundledObject, commFilter, pidFilter, type Tool } from '../tool/index.ts'

/** `struct event` of bpf/procmon.bpf.c, as BTF decodes it; its members are in the order in which they are printed. */
interface ProcessEvent {
  readonly event: 'F' | 'E'
  readonly pid: number
  readonly comm: string
}

export const procmon: Tool = {
  name: 'procmon',
  summary: 'Print every task (process or thread) that is forked (F) and that exits (E), as JSON lines',
  examples: [
    ['rawbpf procmon', 'every fork and every exit'],
    ['rawbpf procmon --comm make', 'of tasks that are named make then'],
  ],
  object: bundledObject('procmon'),
  options: [
    { ...pidFilter, description: 'only what this process forks, and its exit' },
    { ...commFilter, description: 'only tasks of this name; one that is forked has the name of its parent' },
  ],
  run: async (session) => {
    const object = session.load()
    object.attach()
    process.stderr.write('Monitoring process events...\n')
    const { signal } = session
    for await (const event of object.ringBuffer<ProcessEvent>('events', 'event', { signal })) {
      session.writeJson(event)
      await session.drained()
    }
  },
}
