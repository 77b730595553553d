import { describe, expect } from 'vitest'
import { underNoMemlock } from '../kernel/features.ts'
import { toolTest } from './needs.ts'
import { type Ending, rawbpf, Running } from './tracer.ts'

/** The right to read files goes along: the checkout may be in a directory that is closed to others. */
const READ = 'dac_read_search'

/** Runs `rawbpf bootstrap` as nobody, with these capabilities and no others, until it ends. */
async function runWith(...capabilities: readonly string[]): Promise<Ending> {
  const set = ['-all', ...[READ, ...capabilities].map((name) => `+${name}`)].join(',')
  const identity = ['--reuid=65534', '--regid=65534', '--clear-groups']
  const held = [`--inh-caps=${set}`, `--ambient-caps=${set}`]
  const command = [...underNoMemlock, 'setpriv', ...identity, ...held]
  // tsx would keep its cache in a directory of that user, and leave it there.
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' }
  await using running = new Running([...command, ...rawbpf('bootstrap')] as [string, ...string[]], { env })
  return await running.ended
}

describe('rawbpf bootstrap without the rights that it needs', () => {
  const setprivTest = toolTest('setpriv', '--version')

  setprivTest('ends with 77 and one line that names CAP_BPF and CAP_PERFMON', async () => {
    const { code, stdout, stderr } = await runWith()
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toMatch(/^rawbpf: [^\n]*CAP_BPF[^\n]*CAP_PERFMON[^\n]*\n$/)
  })

  setprivTest('names only CAP_PERFMON to somebody who has CAP_BPF', async () => {
    const { code, stdout, stderr } = await runWith('bpf')
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toMatch(/^rawbpf: [^\n]*lacks CAP_PERFMON[^\n]*\n$/)
    expect(stderr).not.toContain('CAP_BPF')
  })

  setprivTest('names only CAP_BPF to somebody who has CAP_PERFMON', async () => {
    const { code, stdout, stderr } = await runWith('perfmon')
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
    expect(stderr).toMatch(/^rawbpf: [^\n]*lacks CAP_BPF[^\n]*\n$/)
    expect(stderr).not.toContain('CAP_PERFMON')
  })
})
