import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/commands/main.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { writeObject } from '../object/object_writer.ts'

let folder = ''
let stderr = ''
const path = (name: string): string => join(folder, name)
const gen = (...args: readonly string[]): Promise<number> => main(['gen', 'object', ...args])

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-gen-'))
  for (const name of ['a', 'b']) {
    writeFileSync(path(`${name}.bpf.o`), writeObject({ programs: [{ name, section: 'socket' }] }))
  }
  stderr = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

describe('rawbpf gen object', () => {
  it('writes one object with the programs of all', async () => {
    expect(await gen(path('out.o'), path('a.bpf.o'), path('b.bpf.o'))).toBe(0)
    expect([...parseObject(readFileSync(path('out.o')), 'out.o').programs.keys()]).toEqual(['a', 'b'])
    expect(stderr).toBe('')
  })

  it('takes a single object', async () => {
    expect(await gen(path('out.o'), path('a.bpf.o'))).toBe(0)
    expect([...parseObject(readFileSync(path('out.o')), 'out.o').programs.keys()]).toEqual(['a'])
  })

  it('says what is wrong, fails, and writes nothing', async () => {
    expect(await gen(path('out.o'), path('a.bpf.o'), path('a.bpf.o'))).toBe(1)
    expect(stderr).toContain('symbol a is defined here in section socket')
    expect(readdirSync(folder).sort()).toEqual(['a.bpf.o', 'b.bpf.o'])
  })

  it('wants an output and an input, and says how it is used', async () => {
    expect(await gen(path('out.o'))).toBe(64)
    expect(stderr).toContain("missing required argument 'input'")
    expect(stderr).toContain('Usage: rawbpf gen object [options] <output> <input...>')
  })
})
