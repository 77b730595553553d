import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BpfError } from '../../src/base/errors.ts'
import { linkFiles } from '../../src/commands/link_files.ts'
import { writeObject } from '../object/object_writer.ts'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-link-'))
  writeFileSync(path('a.o'), writeObject())
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function codeOf(promise: Promise<void>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof BpfError ? `${error.code}: ${error.message}` : String(error)
}

describe('linkFiles', () => {
  it('refuses to write into one of its inputs, by whatever name, and leaves it as it is', async () => {
    const before = readFileSync(path('a.o'))
    symlinkSync(path('a.o'), path('link.o'))
    expect(await codeOf(linkFiles(path('a.o'), [path('a.o')]))).toContain('FILE_SAME: cannot link into')
    expect(await codeOf(linkFiles(path('link.o'), [path('a.o')]))).toContain('FILE_SAME')
    expect(readFileSync(path('a.o'))).toEqual(before)
  })

  it('names the file that is missing', async () => {
    const text = await codeOf(linkFiles(path('out.o'), [path('a.o'), path('missing.o')]))
    expect(text).toContain(`FILE_UNREADABLE: cannot read the BPF object ${path('missing.o')}`)
  })

  it('keeps what is there where linking fails', async () => {
    writeFileSync(path('out.o'), 'before')
    writeFileSync(path('bad.o'), 'no object')
    expect(await codeOf(linkFiles(path('out.o'), [path('a.o'), path('bad.o')]))).toContain('ELF_NOT_ELF')
    expect(readFileSync(path('out.o'), 'utf8')).toBe('before')
  })
})
