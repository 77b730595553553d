import {
  bundledObject,
  commFilter,
  flameGraph,
  foldedText,
  pidFilter,
  replaceFile,
  requireReplaceable,
  StackNames,
  type StackPlace,
  type Tool,
  wholeNumber,
} from '../tool/index.ts'

/** Seconds between two looks at the stacks: processes that end soon are to be there still when their functions are named. */
const LOOK = 0.5

export const profile: Tool = {
  name: 'profile',
  summary: 'Sample the stacks of what runs, or measure what keeps processes off the processors',
  examples: [
    ['rawbpf profile -d 10 --svg profile.svg', 'a flame graph of 10 seconds'],
    ['rawbpf profile -F 99 -p 1234 > stacks', 'folded stacks of one process, for flamegraph.pl and its like'],
    ['rawbpf profile --off --comm make -d 5', 'what processes named make wait for, in microseconds'],
    [
      'node --perf-basic-prof --interpreted-frames-native-stack server.js',
      'a program whose JavaScript functions profile then knows by name',
    ],
  ],
  object: bundledObject('profile'),
  options: [
    pidFilter,
    commFilter,
    {
      flags: '-F, --frequency <hertz>',
      description: 'samples a second on each processor (default: 49)',
      value: wholeNumber(1, 10_000),
    },
    {
      flags: '--off',
      description:
        'count the microseconds that tasks are off the processors instead, waiting or not allowed to run',
    },
    {
      flags: '--svg <file>',
      description: 'write a flame graph instead of folded stacks',
      value: { read: (path) => (path === '' ? undefined : path), expected: 'the path of a file' },
    },
  ],
  run: async (session) => {
    const { off, frequency = 49, svg } = session.options
    const used = off === true ? 'off_cpu' : 'on_cpu'
    const title =
      off === true
        ? { title: 'Time off the processors', unit: 'us' }
        : { title: 'Time on the processors', unit: 'samples' }
    session.spec.globals['own_pid'] = process.pid
    for (const program of session.spec.programs.values()) program.autoload = program.name === used
    const folded = new Map<string, number>()
    if (typeof svg === 'string') await requireReplaceable(svg)

    const object = session.load()
    if (off === true) object.attach()
    else
      object.program(used).attach({
        kind: 'perf_event',
        event: { type: 'software', name: 'cpu_clock' },
        rate: { frequency: Number(frequency) },
      })
    session.announce('Collecting stacks.')

    const names = new StackNames(object.map('stacks').as.stackTraces())
    for await (const places of session.snapshots(object.map('counts').as.hash<StackPlace, bigint>(), LOOK)) {
      names.refresh()
      for (const [place, count] of places) {
        const stack = names.framesOf(place).join(';')
        folded.set(stack, (folded.get(stack) ?? 0) + Number(count))
      }
    }
    if (off === true) for (const [stack, ns] of folded) folded.set(stack, Math.round(ns / 1000))
    if (typeof svg === 'string') await replaceFile(svg, Buffer.from(flameGraph(folded, title)))
    else if (session.format === 'table') session.write(foldedText(folded))
    else for (const [stack, count] of folded) session.writeJson({ stack: stack.split(';'), count })
  },
}
