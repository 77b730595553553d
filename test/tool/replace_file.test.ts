import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileError } from '../../src/tool/file_error.ts'
import { replaceFile, requireReplaceable } from '../../src/tool/replace_file.ts'

let folder = ''
const path = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawbpf-replace-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('replaceFile', () => {
  it('writes a new file, and takes the place of an old one, leaving nothing beside', async () => {
    await replaceFile(path('out'), Buffer.from('one'))
    await replaceFile(path('out'), Buffer.from('two'))
    expect(readFileSync(path('out'), 'utf8')).toBe('two')
    expect(readdirSync(folder)).toEqual(['out'])
  })

  it('says what is wrong without the name of the file beside', async () => {
    const lost = path('no/out')
    await expect(replaceFile(lost, Buffer.from('x'))).rejects.toThrow(
      `cannot write ${lost}: ENOENT: no such file or directory; see that its folder is there and may be written to`,
    )
  })

  it('writes to where a symbolic link leads', async () => {
    writeFileSync(path('target'), 'old')
    symlinkSync(path('target'), path('link'))
    await replaceFile(path('link'), Buffer.from('new'))
    expect(readFileSync(path('target'), 'utf8')).toBe('new')
    expect(lstatSync(path('link')).isSymbolicLink()).toBe(true)
  })

  it('leaves devices what they are', async () => {
    await replaceFile('/dev/null', Buffer.from('anything'))
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('says where it could not write, and leaves nothing', async () => {
    mkdirSync(path('folder'))
    for (const target of [path('missing/out'), path('folder')]) {
      const error: unknown = await replaceFile(target, Buffer.from('x')).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(FileError)
      expect(error).toMatchObject({ code: 'FILE_NOT_WRITTEN', object: target })
    }
    expect(existsSync(path('missing'))).toBe(false)
    expect(readdirSync(folder)).toEqual(['folder'])
  })
})

describe('requireReplaceable', () => {
  it('changes nothing, and leaves nothing beside', async () => {
    writeFileSync(path('old'), 'old')
    symlinkSync(path('old'), path('link'))
    for (const name of ['old', 'link', 'new']) await requireReplaceable(path(name))
    await requireReplaceable('/dev/null')
    expect(readFileSync(path('old'), 'utf8')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['link', 'old'])
  })

  it('says where nothing can be written', async () => {
    for (const target of [path('missing/out'), folder]) {
      await expect(requireReplaceable(target)).rejects.toMatchObject({
        code: 'FILE_NOT_WRITTEN',
        object: target,
      })
    }
    expect(readdirSync(folder)).toEqual([])
  })
})
