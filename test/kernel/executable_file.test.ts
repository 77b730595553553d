import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ET_REL } from '../../src/elf/constants.ts'
import { findFunction } from '../../src/executable/find_function.ts'
import { locateExecutable, openExecutable, pathInProcess } from '../../src/kernel/executable_file.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { writeElf } from '../elf/elf_writer.ts'
import { fixtureBytes, fixturePath } from '../executable/fixture.ts'
import { writeZip } from '../executable/zip_writer.ts'

const folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
const at = (name: string): string => join(folder, name)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('openExecutable', () => {
  it('reads a program', () => {
    const path = fixturePath('probes.x64')
    const file = openExecutable(path)
    expect(file).toMatchObject({ path, size: fixtureBytes('probes.x64').length, start: 0 })
    expect(file.image.name).toBe(path)
  })

  it('reads a file once as long as it stays the same', () => {
    const path = at('twice')
    copyFileSync(fixturePath('probes.x64'), path)
    const { image } = openExecutable(path)
    expect(openExecutable(path).image).toBe(image)
    utimesSync(path, 1, 1)
    expect(openExecutable(path).image).not.toBe(image)
  })

  it('reads a member of an archive, and knows where it starts', () => {
    const library = fixtureBytes('libprobes.x64.so')
    const archive = writeZip([
      { name: 'x', data: new Uint8Array(99) },
      { name: 'lib/l.so', data: library },
    ])
    writeFileSync(at('app.apk'), archive)
    const file = openExecutable(`${at('app.apk')}!/lib/l.so`)
    expect(file).toMatchObject({ path: at('app.apk'), size: archive.length })
    expect(Buffer.from(archive.subarray(file.start, file.start + library.length)).equals(library)).toBe(true)
    expect(file.debugImage()).toBeUndefined()
  })

  it('finds the debugging information beside the file, through links to it, and in .debug', () => {
    const name = 'libprobes-stripped.x64.so'
    const [plain, debug] = ['plain', 'plain/.debug'].map((each) => at(each)) as [string, string]
    mkdirSync(debug, { recursive: true })
    copyFileSync(fixturePath(name), join(plain, name))
    symlinkSync(join(plain, name), at('link.so'))
    const open = (): ReturnType<typeof openExecutable> => openExecutable(at('link.so'))
    expect(open().debugImage()).toBeUndefined()

    // That of another build, and what is no ELF file, are passed over.
    copyFileSync(fixturePath('libprobes.arm64.so'), join(plain, `${name}.debug`))
    expect(open().debugImage()).toBeUndefined()
    writeFileSync(join(plain, `${name}.debug`), 'text')
    expect(open().debugImage()).toBeUndefined()

    copyFileSync(fixturePath(`${name}.debug`), join(debug, `${name}.debug`))
    const { image, debugImage } = open()
    expect(findFunction(image, 'fixture_hidden', debugImage).name).toBe('fixture_hidden')
  })

  it.each([
    ['a file that is not there', 'NO_SUCH_EXECUTABLE', '/nowhere/app'],
    ['a file below one', 'NO_SUCH_EXECUTABLE', '/dev/null/app'],
    ['a directory', 'FILE_UNREADABLE', '/'],
    ['a device', 'FILE_UNREADABLE', '/dev/zero'],
    ['a text', 'ELF_NOT_ELF', import.meta.filename],
    ['an archive that is none', 'EXECUTABLE_BAD_ARCHIVE', `${import.meta.filename}!/lib/l.so`],
  ])('refuses %s', (_, code, path) => {
    bpfErrorOf(code, () => openExecutable(path))
  })

  it('refuses an object file', () => {
    writeFileSync(at('x.o'), writeElf({ type: ET_REL }))
    bpfErrorOf('EXECUTABLE_WRONG_TYPE', () => openExecutable(at('x.o')))
  })
})

describe('locateExecutable', () => {
  it('does not look into the file', () => {
    writeFileSync(at('text'), 'text')
    expect(locateExecutable(at('text'))).toEqual({ path: at('text'), size: 4 })
  })
})

describe('pathInProcess', () => {
  it('is the path without links', () => {
    symlinkSync(fixturePath('probes.x64'), at('probes'))
    expect(pathInProcess(at('probes'), 7)).toBe(fixturePath('probes.x64'))
  })

  it('is what follows the root of the process', () => {
    expect(pathInProcess('/proc/7/root/usr/bin/app', 7)).toBe('/usr/bin/app')
  })

  it('says that the file has gone', () => {
    bpfErrorOf('NO_SUCH_EXECUTABLE', () => pathInProcess('/proc/7/root/usr/bin/app', 8))
  })
})
