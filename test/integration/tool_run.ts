import { eventually } from './eventually.ts'
import { type Ending, rawbpf, Running } from './tracer.ts'

/** A tool that counts, running; it has said that it is at work. */
export class CountingTool extends Running {
  static async start(...args: readonly string[]): Promise<CountingTool> {
    const tool = new CountingTool(rawbpf(...args))
    await eventually(`rawbpf ${args.join(' ')} is at work`, () => {
      if (tool.hasEnded) throw new Error(`rawbpf ended before it was at work: ${tool.stderr}`)
      return tool.stderr.includes('Ctrl-C ends it.\n') ? true : undefined
    })
    return tool
  }

  /** Runs a tool next to what makes its events, and interrupts it then. */
  static async during(args: readonly string[], act: () => unknown): Promise<Ending> {
    await using tool = await CountingTool.start(...args)
    await act()
    return await tool.stop()
  }
}

/** The objects that a tool printed with `--json`, as what the caller knows them to be. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller vouches for the tool's output
export function jsonLines<Row>({ stdout }: { readonly stdout: string }): readonly Row[] {
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Row)
}
