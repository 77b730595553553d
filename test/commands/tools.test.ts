import { describe, expect, it } from 'vitest'
import { bootstrapSummary } from '../../src/commands/bootstrap.ts'
import { tools } from '../../src/tools/index.ts'
import { say } from './command_line.ts'

describe('rawbpf tools', () => {
  it('lists them, as JSON too', async () => {
    const { stdout } = await say('tools')
    expect(stdout.split('\n')).toContainEqual(expect.stringMatching(/^opensnoop +Print every open/))
    const json = await say('tools', '--json')
    const lines = json.stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      [{ name: 'bootstrap', summary: bootstrapSummary }, ...tools].map(({ name, summary }) => ({
        tool: name,
        summary,
      })),
    )
  })
})
