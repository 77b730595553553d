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
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-load-'))
  writeFileSync(path('test.bpf.o'), writeObject())
  writeFileSync(path('cut.btf'), smallKernel().bytes.subarray(0, 200))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe.each(['load', 'loadall'])('rawbpf prog %s', (name) => {
  it.each([
    ['too few arguments', ['x.o'], 'missing required argument'],
    [
      'a word that it does not know',
      ['x.o', '/p', 'pinnmaps', '/m'],
      "unknown word 'pinnmaps': expected pinmaps",
    ],
    ['a word without its path', ['x.o', '/p', 'pinmaps'], 'pinmaps needs a path'],
    ['an option that it does not know', ['x.o', '/p', '--nope'], "unknown option '--nope'"],
  ])('answers %s with its usage and 64', async (_, args, message) => {
    const { code, stdout, stderr } = await say('prog', name, ...args)
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toContain(`Usage: rawbpf prog ${name} [options] <object>`)
  })

  it('says which file is missing, or not what it should be', async () => {
    const object = path('test.bpf.o')
    for (const [args, message] of [
      [['/not/there.o', '/p'], 'cannot read the BPF object /not/there.o: ENOENT'],
      [['package.json', '/p'], 'package.json'],
      [[object, '/p', 'kernel_btf', '/not/there'], 'cannot read types from /not/there'],
      [[object, '/p', 'kernel_btf', path('cut.btf')], 'cut.btf'],
    ] as const) {
      const { code, stdout, stderr } = await say('prog', name, ...args)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^rawbpf: [^\n]+\n$/)
      expect(stderr).toContain(message)
    }
  })
})
