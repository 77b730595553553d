import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadObject } from '../../src/loader/load_object.ts'
import type { LoadedObject } from '../../src/loader/loaded_object.ts'
import type { KernelVersion } from '../../src/kernel/kernel_version.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { fixtureFor } from '../kernel/probed_program.ts'
import { featureTest } from '../kernel/require.ts'
import { root } from './tracer.ts'

/** Programs of functions run in trampolines, which arm64 has since 6.0, and ftrace calls them directly there since 6.4. */
const TRAMPOLINES: KernelVersion = process.arch === 'arm64' ? [6, 4] : [5, 7]
const TRACING_CONFIG = ['CONFIG_DEBUG_INFO_BTF', 'CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS', 'CONFIG_SECURITY']

/** Why what a tool does cannot be done: it is done with the tool's own object. */
const attempt = (name: string, body: (object: LoadedObject) => void) => (): undefined => {
  const bytes = readFileSync(join(root, `bpf/${name}.bpf.o`))
  using object = loadObject(parseObject(bytes, `${name}.bpf.o`))
  body(object)
}

const attachAll = (object: LoadedObject): void => void object.attach()

export const fentryTest = featureTest({
  name: 'fentry and fexit of vfs_unlink()',
  since: TRAMPOLINES,
  config: TRACING_CONFIG,
  whyNot: attempt('fentry-demo', attachAll),
})

export const lsmTest = featureTest({
  name: 'LSM programs of bpf(2)',
  since: TRAMPOLINES,
  config: ['CONFIG_BPF_LSM', ...TRACING_CONFIG],
  whyNot: attempt('lsm-demo', attachAll),
})

const path = fixtureFor('probes')

export const uprobeTest = featureTest({
  name: 'uprobes of programs',
  since: [4, 17],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: attempt('uprobe-demo', (object) => {
    object.program('enter_function').attach({ kind: 'uprobe', path, function: 'fixture_add' })
  }),
})

export const usdtTest = featureTest({
  name: 'USDT probes of programs',
  since: [4, 20],
  config: ['CONFIG_UPROBE_EVENTS'],
  whyNot: attempt('usdt-demo', (object) => {
    object.program('on_probe').attach({ kind: 'usdt', path, provider: 'fixture', name: 'call' })
  }),
})

export const taskIteratorTest = featureTest({
  name: 'iterators of tasks, with their stacks',
  since: [5, 9],
  whyNot: attempt('task-iter', (object) => {
    object.program('dump_task').attach().openIterator().close()
  }),
})
