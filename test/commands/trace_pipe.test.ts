import { describe, expect, it } from 'vitest'
import { say } from './command_line.ts'

describe('rawbpf trace-pipe', () => {
  it('says what it does, and is in the list of commands', async () => {
    const { code, stdout } = await say('trace-pipe', '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('where bpf_printk writes')
    expect((await say('--help')).stdout).toContain('trace-pipe')
  })

  it('takes no arguments', async () => {
    expect((await say('trace-pipe', '--follow')).code).toBe(64)
  })
})
