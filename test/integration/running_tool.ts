import { eventually } from './eventually.ts'
import { type Ending, rawbpf, Running, type StartOptions } from './tracer.ts'

/** A tool that prints JSON, running. What `-v` tells of its load says when it is attached, on every kernel. */
export class RunningTool<Record extends object> extends Running {
  /** Resolves when `links` of its programs are attached. */
  static async start<Record extends object>(
    name: string,
    args: readonly string[],
    links: number,
    options: StartOptions = {},
  ): Promise<RunningTool<Record>> {
    const tool = new RunningTool<Record>(rawbpf(name, '--json', '-v', ...args), options)
    await tool.#until(`${links} links of ${name}`, () => tool.links.length >= links)
    return tool
  }

  /** What its programs are attached to. */
  get links(): readonly string[] {
    return [...this.stderr.matchAll(/^attach: program "\w+" runs on (.*) \(.*\)\n/gm)].map(
      ([, target = '']) => target,
    )
  }

  /** What it says on standard error for its users. */
  get messages(): string {
    const steps =
      /^(?:elf|object|btf|relocate|core|link|load|attach|extern|syscall|verifier|struct_ops|probe|map): .*\n/gm
    return this.stderr.replace(steps, '')
  }

  /** The lines that are complete. */
  get records(): readonly Record[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record)
  }

  /** The first record that fits, once it is there. */
  async record(what: string, fits: (record: Record) => boolean): Promise<Record> {
    await this.#until(what, () => this.records.some(fits))
    return this.records.find(fits)!
  }

  /** Resolves when so many records fit. */
  async recordsOf(what: string, count: number, fits: (record: Record) => boolean): Promise<void> {
    await this.#until(`${count} times ${what}`, () => this.records.filter(fits).length >= count)
  }

  /** Interrupts it. */
  async interrupt(): Promise<Ending> {
    return await this.stop('SIGINT')
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    await eventually(`${what}; it said: ${this.messages}`, () => {
      if (isSo()) return true
      if (this.hasEnded) throw new Error(`it ended before there was ${what}: ${this.messages}`)
      return undefined
    })
  }
}

/** A tool that prints a table, running; resolves when it has printed the header, which it does once it is attached. */
export async function startTable(name: string, args: readonly string[]): Promise<Running> {
  const tool = new Running(rawbpf(name, ...args))
  await eventually(`the header of ${name}`, () => {
    if (tool.hasEnded) throw new Error(`${name} ended before it had printed anything: ${tool.stderr}`)
    return tool.stdout.includes('\n') ? true : undefined
  })
  return tool
}
