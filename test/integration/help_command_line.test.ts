import { closeSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rawbpf, Running } from './tracer.ts'

const commands: readonly (readonly string[])[] = [
  ['--help'],
  ['--version'],
  ['run', '--help'],
  ['run', 'bpf/exitsnoop.bpf.o', '--help'],
  ['exitsnoop', '--help'],
  ['help', 'probes'],
]

describe('the help', () => {
  it.each(commands.map((args) => [args.join(' '), args] as const))(
    'ends without a word when its reader goes away: %s',
    async (_, args) => {
      // true reads nothing, and is gone long before Node.js has started.
      const command = ['/bin/sh', '-c', '{ "$@"; echo "ended with $?" >&2; } | true', 'sh'] as const
      await using running = new Running([...command, ...rawbpf(...args)])
      expect((await running.ended).stderr).toBe('ended with 0\n')
    },
  )

  it('says that it cannot be written', async () => {
    const full = openSync('/dev/full', 'w')
    await using running = new Running(rawbpf('--help'), { stdout: full })
    const { code, stderr } = await running.ended
    closeSync(full)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rawbpf: cannot write to standard output: ENOSPC.*\n$/)
  })
})
