import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeObject } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { say } from './command_line.ts'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-run-'))
  const programs = ['one', 'two'].map((name) => ({ name, section: 'xdp' }))
  writeFileSync(path('test.bpf.o'), writeObject({ programs }))
  writeFileSync(path('cut.btf'), smallKernel().bytes.subarray(0, 200))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('rawbpf prog run', () => {
  const bad = ['0', '-1', '1.5', '', ' 3', '0x10', '1e3', '4294967296', 'many']

  it.each(bad)('does not take %j as a count', async (count) => {
    const { code, stdout, stderr } = await say('prog', 'run', 'x.o', '--repeat', count)
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain(`Invalid count: ${count}\nUsage: rawbpf prog run [options] <object>`)
  })

  it('says which file is missing or not what it should be, and which programs there are', async () => {
    const object = path('test.bpf.o')
    for (const [args, message] of [
      [['/not/there.o'], 'cannot read the BPF object /not/there.o: ENOENT'],
      [['package.json'], 'package.json'],
      [[object], 'has several programs; say which with --program NAME: one and two'],
      [[object, '--program', 'nope'], 'has no program nope; it has one and two'],
      [[object, '--data-in', '/not/there'], 'cannot read the input: ENOENT'],
      [[object, '--ctx-in', '/not/there'], 'cannot read the input: ENOENT'],
      [[object, '--btf', '/not/there'], 'cannot read types from /not/there'],
      [[object, '--btf', path('cut.btf')], 'cut.btf'],
    ] as const) {
      const { code, stdout, stderr } = await say('prog', 'run', ...args)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^rawbpf: [^\n]+\n$/)
      expect(stderr).toContain(message)
    }
  })
})
