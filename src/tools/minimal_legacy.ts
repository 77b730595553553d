import { bundledObject, type Tool } from '../tool/index.ts'

export const minimalLegacy: Tool = {
  name: 'minimal-legacy',
  summary: 'Do what minimal does without global variables, as before Linux 5.2: the pid is in an array map',
  examples: [['rawbpf minimal-legacy', "the trace is the kernel's only one: lines of others come along"]],
  object: bundledObject('minimal-legacy'),
  run: async (session) => {
    const object = session.load()
    object.map('my_pid').as.array<number>().update(0, process.pid)
    object.attach()
    session.every(1, () => {
      process.stderr.write(`process ${process.pid} writes this\n`)
    })
    await session.printTrace()
  },
}
