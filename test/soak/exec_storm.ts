/**
 * `npm run test:storm [-- SECONDS]`: starts as many processes as the processors can, for 30 seconds, under bootstrap and under
 * execsnoop, and compares what they print with what happened. Then once more, with a tool that is stopped for a while, so that
 * records are lost. Ends with 1 where an event is missing that no tool has counted as lost, or one is counted that was not lost.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const repository = join(import.meta.dirname, '../..')

/** A tool, and how many events it tells of for each process of the storm. */
interface Watcher {
  readonly name: string
  readonly eventsPerProcess: number
}

const watchers: readonly Watcher[] = [
  { name: 'bootstrap', eventsPerProcess: 2 },
  { name: 'execsnoop', eventsPerProcess: 1 },
]

/** What came of one storm. */
interface Outcome {
  readonly tool: string
  readonly seconds: number
  readonly processes: number
  readonly made: number
  readonly seen: number
  readonly lost: number
  /** Events of other processes that the tool told of. */
  readonly others: number
  /** Events of other processes that there were at most: what was lost may be of those, too. */
  readonly othersMade: number
}

/** Builds the storm's program in `folder`: its path. Linked statically, it starts the fastest. */
function buildStorm(folder: string): string {
  const program = join(folder, 'exec_storm')
  execFileSync('cc', ['-O2', '-static', '-o', program, join(import.meta.dirname, 'exec_storm.c')])
  return program
}

/** What a tool told of: children of the storm's processes, others, and what it had to lose. */
interface Told {
  readonly seen: number
  readonly others: number
  readonly lost: number
}

/** A tool that writes its events to a file. */
class RunningTool implements AsyncDisposable {
  readonly child: ChildProcess
  #stderr = ''
  readonly #output: string

  constructor(name: string, output: string) {
    this.#output = output
    const lines = openSync(output, 'w')
    const args = ['--import', 'tsx', 'src/cli.ts', name, '--json']
    this.child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', lines, 'pipe'] })
    closeSync(lines)
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
  }

  /** Resolves when the tool is attached: a process that we start is told of. */
  async ready(): Promise<void> {
    for (;;) {
      if (this.child.exitCode !== null)
        throw new Error(`it ended with ${this.child.exitCode}: ${this.#stderr}`)
      execFileSync('/bin/true')
      await sleep(200)
      if (readFileSync(this.#output, 'utf8').includes(`"ppid":${process.pid},`)) return
    }
  }

  /** Ends the tool: what it told of, and how many records it says that it lost. */
  async end(parents: ReadonlySet<number | undefined>): Promise<Told> {
    const ended = once(this.child, 'close')
    this.child.kill('SIGINT')
    await ended
    if (this.child.exitCode !== 0) throw new Error(`it ended with ${this.child.exitCode}: ${this.#stderr}`)
    const lost = /: lost (\d+) records?:/.exec(this.#stderr)?.[1] ?? '0'
    const lines = readFileSync(this.#output, 'utf8').trimEnd().split('\n')
    const seen = lines.filter((line) => parents.has((JSON.parse(line) as { ppid: number }).ppid)).length
    return { seen, others: lines.length - seen, lost: Number(lost) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'close')
    this.child.kill('SIGKILL')
    await ended
  }
}

/** One storm under one tool. */
async function storm(watcher: Watcher, options: StormOptions): Promise<Outcome> {
  await using tool = new RunningTool(watcher.name, join(options.folder, 'tool.json'))
  await tool.ready()
  const { processes, parents } = await processesMade(options)
  const told = await tool.end(parents)
  return outcomeOf(watcher, options.seconds, processes, { ...told, othersMade: told.others })
}

/** One storm under a tool that is stopped for the middle third of it, and under another one that is not: it knows what happened. */
async function stormUnderStopped(watcher: Watcher, options: StormOptions): Promise<Outcome> {
  await using witness = new RunningTool(watcher.name, join(options.folder, 'witness.json'))
  await witness.ready()
  await using tool = new RunningTool(watcher.name, join(options.folder, 'tool.json'))
  await tool.ready()
  const third = (options.seconds * 1000) / 3
  const stop = async (): Promise<void> => {
    await sleep(third)
    tool.child.kill('SIGSTOP')
    await sleep(third)
    tool.child.kill('SIGCONT')
  }
  const [{ processes, parents }] = await Promise.all([processesMade(options), stop()])
  const told = await tool.end(parents)
  const { others, lost } = await witness.end(parents)
  return outcomeOf(watcher, options.seconds, processes, { ...told, othersMade: others + lost })
}

/** Lets a process on each processor start others: how many. */
async function processesMade({ program, seconds }: StormOptions): Promise<Storm> {
  const parents = Array.from({ length: availableParallelism() }, () =>
    spawn(program, [String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] }),
  )
  const counts = await Promise.all(parents.map(readCount))
  return {
    processes: counts.reduce((sum, count) => sum + count, 0),
    parents: new Set(parents.map(({ pid }) => pid)),
  }
}

interface Storm {
  readonly processes: number
  readonly parents: ReadonlySet<number | undefined>
}

function outcomeOf(
  { name, eventsPerProcess }: Watcher,
  seconds: number,
  processes: number,
  told: Told & { readonly othersMade: number },
): Outcome {
  return { tool: name, seconds, processes, made: processes * eventsPerProcess, ...told }
}

interface StormOptions {
  readonly program: string
  readonly folder: string
  readonly seconds: number
}

async function readCount(child: ChildProcess): Promise<number> {
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`a storm ended with ${child.exitCode}`)
  return Number(text)
}

/** Whether every event is accounted for, and nothing else is. */
function isExact({ made, seen, lost, others, othersMade }: Outcome): boolean {
  const missing = made - seen
  return missing >= 0 && missing <= lost && lost - missing <= othersMade - others
}

function print(outcome: Outcome): void {
  const { tool, seconds, processes, made, seen, lost, others, othersMade } = outcome
  console.log(
    `${tool}: ${processes} processes in ${seconds} s, ${Math.round(processes / seconds)} a second`,
    `\n  events ${made} made, ${seen} seen, ${made - seen} missing; ${lost} counted as lost`,
    `\n  of other processes ${others} seen, ${othersMade} made at most: ${isExact(outcome) ? 'exact' : 'NOT EXACT'}`,
  )
}

async function main(seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rawbpf-storm-'))
  try {
    const options = { program: buildStorm(folder), folder, seconds }
    const outcomes: Outcome[] = []
    for (const watcher of watchers) outcomes.push(await storm(watcher, options))
    for (const watcher of watchers)
      outcomes.push(await stormUnderStopped(watcher, { ...options, seconds: 6 }))
    outcomes.forEach(print)
    return outcomes.every(isExact) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { positionals } = parseArgs({ allowPositionals: true })
process.exitCode = await main(Number(positionals[0] ?? 30))
