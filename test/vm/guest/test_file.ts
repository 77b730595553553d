/**
 * Runs one compiled test file in a process of its own, as vitest does, and writes what comes of it to descriptor 3, a line of JSON
 * each (results.ts).
 */
import { startTests, type Task, type VitestRunner, type VitestRunnerConfig } from '@vitest/runner'
import { join } from 'node:path'
import { featureTests } from '../../kernel/require.ts'
import type { FeatureResult, TestResult } from './results.ts'
import { writeLine } from './write_line.ts'

/** Milliseconds. An emulated processor is some ten times slower than the one that tests are written on. */
const TIMEOUT = 240_000

/** The descriptor that the process is started with. */
const RESULTS = 3

const config: VitestRunnerConfig = {
  root: '/rawbpf',
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: TIMEOUT,
  hookTimeout: TIMEOUT,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
}

class GuestRunner implements VitestRunner {
  readonly config = config

  async importFile(path: string): Promise<void> {
    await import(path)
  }
}

function* testsOf(task: Task, file: string, names: readonly string[] = []): Generator<TestResult> {
  const path = 'filepath' in task ? names : [...names, task.name]
  const errors = (task.result?.errors ?? []).map(({ stack, message, diff }) =>
    [message, diff, stack].filter((part) => part !== undefined).join('\n'),
  )
  if (task.type === 'suite') {
    for (const each of task.tasks) yield* testsOf(each, file, path)
    // A file that cannot be imported, or a hook that fails, has errors and perhaps no tests.
    if (errors.length === 0) return
  }
  const milliseconds = Math.round(task.result?.duration ?? 0)
  yield { file, name: path.join(' > '), state: stateOf(task), milliseconds, errors }
}

function stateOf({ result, mode }: Task): TestResult['state'] {
  if (result?.state === 'pass') return 'passed'
  return mode === 'skip' || mode === 'todo' || result?.state === 'skip' ? 'skipped' : 'failed'
}

/** Tests by the feature that they need. */
function features(): Iterable<FeatureResult> {
  const found = new Map<string, FeatureResult>()
  for (const { feature: name, since, missing, excuse, title } of featureTests) {
    const tests = [...(found.get(name)?.tests ?? []), title]
    found.set(name, { name, since, missing, excuse, tests })
  }
  return found.values()
}

const file = process.argv[2] ?? ''
process.on('uncaughtException', (error) => {
  const errors = [error.stack ?? error.message]
  writeLine(RESULTS, {
    kind: 'test',
    file,
    name: 'outside of tests: uncaught exception',
    state: 'failed',
    milliseconds: 0,
    errors,
  })
})
const compiled = join('/rawbpf/bundle', file.replace(/\.ts$/, '.js'))
for (const result of await startTests([compiled], new GuestRunner()))
  for (const test of testsOf(result, file)) writeLine(RESULTS, { kind: 'test', ...test })
for (const feature of features()) writeLine(RESULTS, { kind: 'feature', feature })
process.exit(0)
