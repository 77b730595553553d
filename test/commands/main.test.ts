import { expect, it } from 'vitest'
import { say } from './command_line.ts'

it.each([
  [[], ['bootstrap', 'relocate', 'prog', 'gen', 'probes', 'btf']],
  [['prog'], ['load', 'loadall', 'run']],
  [['gen'], ['object']],
  [['btf'], ['dump']],
  [['btf', 'dump'], ['file']],
])('the help of rawbpf %j lists its commands', async (group, names) => {
  const { code, stdout, stderr } = await say(...group, '--help')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('print the help of a command')
  for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
})

it.each([[['prog']], [['prog', 'nope']], [['gen']], [['btf']], [['btf', 'dump']]])(
  'rawbpf %j is no command: 64',
  async (args) => {
    const { code, stdout, stderr } = await say(...args)
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain(`Usage: rawbpf ${args[0] ?? ''}`)
  },
)

it.each([
  [['relocate']],
  [['probes']],
  [['prog']],
  [['prog', 'run']],
  [['gen', 'object']],
  [['btf', 'dump', 'file']],
])('rawbpf %j has help and version', async (args) => {
  expect(await say(...args, '--help')).toMatchObject({ code: 0, stderr: '' })
  expect((await say(...args, '--version')).stdout).toMatch(/^rawbpf \d+\.\d+\.\d+\n$/)
})

it.each([
  [['exitsnop'], 'exitsnoop'],
  [['-d', 'opensnop', '--json'], undefined],
  [['runqlatt', '-d', '1'], 'runqlat'],
  [['nothing-like-it'], undefined],
])('rawbpf %j may have meant the tool %s', async (args, tool) => {
  const { code, stderr } = await say(...args)
  expect(code).toBe(64)
  const suggestion = /\nDid you mean the tool (.*)\? rawbpf tools lists them all\.\n$/.exec(stderr)?.[1]
  expect(suggestion).toBe(tool)
})
