import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventually } from './eventually.ts'
import { attachedPrograms } from './kernel_objects.ts'

/** The checkout. */
export const root = join(import.meta.dirname, '../..')

/** Arguments for Node.js that make it understand TypeScript, in whatever directory it runs. */
export const typescriptArguments: readonly string[] = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
]

/** The command line that runs rawbpf: from its sources, or in a guest of `npm run test:vm`, which is slow, as it is built. */
export function rawbpf(...args: readonly string[]): readonly [string, ...string[]] {
  if (process.env['RAWBPF_GUEST'] === '1') return [process.execPath, join(root, 'dist/cli.cjs'), ...args]
  return [process.execPath, ...typescriptArguments, join(root, 'src/cli.ts'), ...args]
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** An object that `--json` prints. */
export interface JsonEvent {
  readonly time: string
  readonly event: 'EXEC' | 'EXIT'
  readonly comm: string
  readonly pid: number
  readonly ppid: number
  readonly filename?: string
  readonly exit_code?: number
  readonly signal?: number
  readonly duration_ns?: number | string | null
}

export interface StartOptions {
  readonly cwd?: string | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  /** What standard output goes to, in place of our pipe: a descriptor. */
  readonly stdout?: number | undefined
}

/** A running process whose output is collected; killed on disposal if it still runs. */
export class Running implements AsyncDisposable {
  readonly pid: number
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #hasEnded = false

  constructor([file, ...args]: readonly [string, ...string[]], options: StartOptions = {}) {
    this.#child = spawn(file, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? -1
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject).on('close', (code, signal) => {
        this.#hasEnded = true
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends `signal` and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Ending> {
    this.kill(signal)
    return await this.ended
  }

  /** Sends SIGSTOP and waits until no thread of the process runs any more. */
  async freeze(): Promise<void> {
    this.kill('SIGSTOP')
    await eventually('the process is stopped', () =>
      /^State:\s*T/m.test(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ? true : undefined,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.stop('SIGKILL')
  }
}

/** `rawbpf bootstrap`, running. */
export class Tracer extends Running {
  /** Resolves when both programs are attached. */
  static async start(args: readonly string[], options: StartOptions = {}): Promise<Tracer> {
    const tracer = new Tracer(rawbpf('bootstrap', ...args), options)
    await tracer.attached()
    return tracer
  }

  async attached(): Promise<void> {
    await eventually(`two attached programs of rawbpf; it said: ${this.stderr}`, () => {
      if (this.hasEnded) throw new Error(`rawbpf ended before it had attached: ${this.stderr}`)
      return attachedPrograms(this.pid) === 2 ? true : undefined
    })
  }

  /** The lines that are complete. */
  get lines(): readonly string[] {
    return this.stdout.split('\n').slice(0, -1)
  }

  /** What `--json` printed so far. */
  get events(): readonly JsonEvent[] {
    return this.lines.map((line) => JSON.parse(line) as JsonEvent)
  }

  /** Resolves when a line says that process `pid` has ended, and so everything before that was printed. */
  async told(pid: number): Promise<void> {
    await eventually(`a line about the end of process ${pid}`, () => (this.#tellsOf(pid) ? true : undefined))
  }

  #tellsOf(pid: number): boolean {
    const inJson = `"pid":${pid},`
    const inTable = ` ${String(pid).padEnd(7)} `
    return this.lines.some((line) => {
      return line.includes('EXIT') && (line.includes(inJson) || line.includes(inTable))
    })
  }
}
