import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findExecutable } from '../../src/kernel/find_executable.ts'
import { bpfErrorOf } from '../base/expect_error.ts'

const folder = mkdtempSync(join(tmpdir(), 'rawbpf-'))
const [first, second] = ['first', 'second'].map((name) => join(folder, name)) as [string, string]
for (const each of [first, second]) mkdirSync(each)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function write(path: string, mode: number): string {
  writeFileSync(path, '')
  chmodSync(path, mode)
  return path
}

const find = (name: string, environment: Readonly<Record<string, string>>): string =>
  findExecutable(name, { environment, architecture: 'x64' })

describe('findExecutable', () => {
  it('leaves what has a slash in it as it is', () => {
    for (const path of ['/nowhere/app', './libx.so', 'folder/app']) expect(find(path, {})).toBe(path)
  })

  it('looks for libraries in LD_LIBRARY_PATH, whatever may be executed', () => {
    const library = write(join(second, 'librawbpf.so.1'), 0o644)
    const environment = { LD_LIBRARY_PATH: `${first}::${second}`, PATH: first }
    expect(find('librawbpf.so.1', environment)).toBe(library)
    expect(find(library, environment)).toBe(library)
  })

  it('looks for programs in PATH, those that may be executed', () => {
    write(join(first, 'rawbpf-app'), 0o644)
    const program = write(join(second, 'rawbpf-app'), 0o755)
    expect(find('rawbpf-app', { PATH: `${first}:${second}`, LD_LIBRARY_PATH: first })).toBe(program)
  })

  it('takes the first', () => {
    const paths = [first, second].map((each) => write(join(each, 'twice.so'), 0o644))
    expect(find('twice.so', { LD_LIBRARY_PATH: `${second}:${first}` })).toBe(paths[1])
  })

  it('says where it looked for a library', () => {
    const error = bpfErrorOf('NO_SUCH_EXECUTABLE', () =>
      find('librawbpf-none.so', { LD_LIBRARY_PATH: first }),
    )
    expect(error.message).toBe(
      `there is no library librawbpf-none.so in ${first}, /usr/lib64, /usr/lib, /lib/x86_64-linux-gnu: give its path, or ` +
        'name its folder in LD_LIBRARY_PATH',
    )
  })

  it('says where it looked for a program', () => {
    const error = bpfErrorOf('NO_SUCH_EXECUTABLE', () => find('rawbpf-none', {}))
    expect(error.message).toMatch(/^there is no program rawbpf-none in \/usr\/bin, \/usr\/sbin: /)
    expect(error.message).not.toContain('.so')
    const library = bpfErrorOf('NO_SUCH_EXECUTABLE', () => find('librawbpf', {}))
    expect(library.message).toMatch(/ in PATH; libraries have \.so in their names, as libc\.so\.6$/)
  })
})
