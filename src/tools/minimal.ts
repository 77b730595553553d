import { bundledObject, type Tool } from '../tool/index.ts'

export const minimal: Tool = {
  name: 'minimal',
  summary: 'Write every second, and print what a BPF program says about it (bpf_printk, a global variable)',
  examples: [['rawbpf minimal', "the trace is the kernel's only one: lines of others come along"]],
  object: bundledObject('minimal'),
  run: async (session) => {
    const object = session.load()
    object.globals['my_pid'] = process.pid
    object.attach()
    session.every(1, () => {
      process.stderr.write(`process ${process.pid} writes this\n`)
    })
    await session.printTrace()
  },
}
