import { bundledObject, pidNamespace, type Tool } from '../tool/index.ts'

export const minimalNs: Tool = {
  name: 'minimal-ns',
  summary: 'Do what minimal does in a container, by the pid that the process has in its pid namespace',
  examples: [
    ['rawbpf minimal-ns', "the trace is the kernel's only one: lines of others come along"],
    ['unshare --pid --fork rawbpf minimal-ns', 'here the two pids differ'],
  ],
  object: bundledObject('minimal-ns'),
  run: async (session) => {
    const { device, inode } = pidNamespace()
    Object.assign(session.spec.globals, { device, inode })
    const object = session.load()
    object.globals['my_pid'] = process.pid
    object.attach()
    session.every(1, () => {
      process.stderr.write(`process ${process.pid} writes this\n`)
    })
    await session.printTrace()
  },
}
