import { Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { writeHelp } from '../../src/tool/write_help.ts'

/** What is said on standard error where writing fails with an errno. */
async function said(code: string): Promise<string> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.spyOn(process, 'once').mockReturnValue(process)
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error(`write ${code}`), { code }))
    },
  })
  writeHelp('Usage: rawbpf\n', output)
  writeHelp('more\n', output)
  await new Promise((resolve) => setImmediate(resolve))
  return write.mock.calls.map(([text]) => String(text)).join('')
}

describe('writeHelp', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('says nothing of a reader who went away', async () => {
    expect(await said('EPIPE')).toBe('')
  })

  it('says once what else is wrong with the output', async () => {
    expect(await said('ENOSPC')).toBe(
      'rawbpf: cannot write to standard output: write ENOSPC; check where the output is redirected to\n',
    )
  })
})
