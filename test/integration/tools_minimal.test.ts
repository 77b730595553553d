import { describe, expect } from 'vitest'
import { openKernel } from '../../src/kernel/linux.ts'
import { TracePipe } from '../../src/ringbuf/trace_pipe.ts'
import { kernelTest } from '../kernel/require.ts'
import { eventually } from './eventually.ts'
import { traceTest } from './needs.ts'
import { rawbpf, Running } from './tracer.ts'

interface TraceLine {
  readonly task: string
  readonly pid: number
  readonly event: string
  readonly text: string
}

const linesOf = ({ stdout }: Running): readonly TraceLine[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TraceLine)

const namespaceTest = kernelTest('permission to make a pid namespace, and to read the trace', () => {
  TracePipe.open(openKernel()).close()
  return process.getuid?.() === 0 ? undefined : 'not root'
})

describe.each(['minimal', 'minimal-legacy', 'minimal-ns'])('rawbpf %s', (name) => {
  traceTest('shows what its program prints when it writes to standard error, and only then', async () => {
    // Without -v, which would write to standard error too.
    await using tool = new Running(rawbpf(name, '--json'))
    const writes = (): number => tool.stderr.split(`process ${tool.pid} writes this\n`).length - 1
    const who = name === 'minimal-ns' ? `${tool.pid}, outside ${tool.pid},` : String(tool.pid)
    const text = `${name}: process ${who} writes to standard error`
    const seen = (): readonly TraceLine[] => linesOf(tool).filter((line) => line.text === text)
    await eventually('three lines', () => (seen().length >= 3 ? true : undefined))
    expect(await tool.stop()).toMatchObject({ code: 0, signal: null })

    for (const line of seen()) expect(line).toMatchObject({ pid: tool.pid, event: 'bpf_trace_printk' })
    // Each write is one line; what was printed to standard output is none.
    expect(seen().length).toBeLessThanOrEqual(writes())
    expect(writes() - seen().length).toBeLessThanOrEqual(1)
  })
})

describe('rawbpf minimal-ns in a pid namespace', () => {
  namespaceTest('finds itself by the pid that it has there', async () => {
    const command = rawbpf('minimal-ns', '--json')
    const inNamespace = ['unshare', '--pid', '--fork', '--kill-child', ...command] as const
    await using tool = new Running(inNamespace)
    const line = await eventually('a line', () =>
      linesOf(tool).find(({ text }) => text.startsWith('minimal-ns: process 1, outside ')),
    )
    expect(line.pid).not.toBe(1)
    expect(line.text).toBe(`minimal-ns: process 1, outside ${line.pid}, writes to standard error`)
    expect(tool.stderr).toContain('process 1 writes this\n')
  })
})
