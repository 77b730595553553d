import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fixturePath } from '../executable/fixture.ts'

/** What the program of test/fixtures/executable/probes.c does: its commands, and what it answers. */
const ANSWERS = { add: 'A', double: 'D', hidden: 'H', call: 'C', plain: 'P', guarded: undefined } as const

export type ProbedCommand = keyof typeof ANSWERS

/** The fixture of that name for this machine's architecture, e.g. `probes.x64`; libraries end with `.so`. */
export function fixtureFor(name: 'probes' | 'probes-pie' | 'libprobes' | 'libprobes-stripped'): string {
  return fixturePath(`${name}.${process.arch}${name.startsWith('lib') ? '.so' : ''}`)
}

/** The program, waiting for commands. It ends with its input, which is closed where this process ends. */
export class ProbedProgram implements AsyncDisposable {
  readonly path: string
  readonly #process: ChildProcessWithoutNullStreams

  constructor(name: 'probes' | 'probes-pie' = 'probes') {
    this.path = fixtureFor(name)
    this.#process = spawn(this.path)
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.path} did not start`)
    return this.#process.pid
  }

  /** Has the program do something. What it answers is checked; `guarded` answers how many listen. */
  async does(command: ProbedCommand): Promise<number> {
    const answered = once(this.#process.stdout, 'data')
    this.#process.stdin.write(command[0] ?? '')
    const [data] = (await answered) as [Buffer]
    const answer = data.toString('latin1')
    const expected = ANSWERS[command]
    if (expected !== undefined && answer !== expected) throw new Error(`${command} was answered ${answer}`)
    return expected === undefined ? Number(answer) : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.stdin.end()
    if (this.#process.exitCode === null) await ended
  }
}
