import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseElfImage } from '../../src/elf/image.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { readMappedFiles } from '../../src/kernel/memory_map.ts'
import { UserSymbols } from '../../src/symbols/user_symbols.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { FakeKernel } from '../kernel/fake_kernel.ts'
import { recordingKernel } from '../kernel/recording_kernel.ts'
import { linuxTest } from '../kernel/require.ts'

/** The C library of this process, as far as it has one of its own, and a function that it exports. */
function exported(pid: number): { readonly path: string; readonly address: bigint; readonly name: string } {
  const mappings = readMappedFiles(openKernel(), pid)
  const mapping = mappings.find(({ path, isExecutable }) => isExecutable && /libc[.-].*so/.test(path))
  if (mapping === undefined) return expect.fail('no C library')
  const image = parseElfImage(readFileSync(mapping.path), mapping.path)
  const [symbol] = image.functions('dynamic')?.named('malloc') ?? []
  const first = mappings.find(({ path, offset }) => path === mapping.path && offset === 0n)
  if (symbol === undefined || first === undefined) return expect.fail('no malloc')
  return { path: mapping.path, address: first.start + symbol.address, name: 'malloc' }
}

const hasLibc = (): boolean =>
  readMappedFiles(openKernel(), process.pid).some(({ path }) => /libc[.-].*so/.test(path))

describe('UserSymbols', () => {
  linuxTest('names a function of a library by its dynamic symbols, and the build id', () => {
    if (!hasLibc()) return
    const { path, address } = exported(process.pid)
    const symbols = new UserSymbols(openKernel(), process.pid)
    const found = symbols.find(address + 5n)
    expect(found).toMatchObject({ offset: 5n, file: path })
    // Aliases start at the same address.
    expect(found?.name).toMatch(/malloc/)
    const { buildId = '' } = found ?? {}
    expect(buildId).toMatch(/^[0-9a-f]{40}$/)
    const offset = symbols.findInFile(buildId, 0x40n)
    expect(offset).toMatchObject({ file: path, buildId })
    expect(symbols.findInFile('00'.repeat(20), 0n)).toBeUndefined()
  })

  linuxTest('names functions of a process whose file was removed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rawbpf-symbols-'))
    const program = join(folder, 'sleeper')
    copyFileSync(execFileSync('sh', ['-c', 'command -v sleep'], { encoding: 'utf8' }).trim(), program)
    const child = spawn(program, ['60'])
    onTestFinished(() => {
      child.kill()
    })
    try {
      const deadline = Date.now() + 5000
      const own = (): ReturnType<typeof readMappedFiles> =>
        readMappedFiles(openKernel(), child.pid ?? 0).filter(({ path }) => path.startsWith(program))
      while (own().length === 0 && Date.now() < deadline);
      rmSync(folder, { recursive: true })
      const symbols = new UserSymbols(openKernel(), child.pid ?? 0)
      const mapping = own().find(({ isExecutable }) => isExecutable) ?? expect.fail('not mapped')
      const found = symbols.find(mapping.start + 16n)
      expect(found?.file).toContain('sleeper (deleted)')
      expect(found?.offset).toBeTypeOf('bigint')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('gives the offset in the file where it cannot be read or is no ELF file', () => {
    const maps =
      '00400000-00401000 r-xp 00002000 00:00 7   /bin/gone\n00500000-00501000 r-xp 00000000 00:00 8   /bin/text\n'
    const kernel = new FakeKernel({
      files: { '/proc/7/maps': maps, '/proc/7/root/bin/text': '#!/bin/sh\n' },
    })
    const symbols = new UserSymbols(kernel, 7)
    expect(symbols.find(0x400010n)).toEqual({
      name: undefined,
      offset: 0x2010n,
      file: '/bin/gone',
      buildId: undefined,
    })
    expect(symbols.find(0x500010n)).toMatchObject({ name: undefined, offset: 0x10n, file: '/bin/text' })
    expect(symbols.find(0x401000n)).toBeUndefined()
    expect(kernel.descriptors.size).toBe(0)
  })

  linuxTest('reads a file once for all processes that share what they know', () => {
    if (!hasLibc()) return
    const recording = recordingKernel(openKernel())
    const { path, address } = exported(process.pid)
    const first = new UserSymbols(recording.kernel, process.pid)
    const found = first.find(address)
    const reads = (): number => recording.names().filter((name) => name === 'openat').length
    const before = reads()
    const second = new UserSymbols(recording.kernel, process.pid, { sharing: first })
    expect(second.find(address)).toEqual(found)
    expect(found?.file).toBe(path)
    // /proc/PID/maps alone.
    expect(reads() - before).toBe(1)
  })

  it('names the code of a just-in-time compiler by the file that lists it', () => {
    const kernel = new FakeKernel({
      files: {
        '/proc/7/maps': '7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n',
        '/proc/7/status': 'Name:\tnode\nNSpid:\t7\t2\nVmPeak:\t1 kB\n',
        '/proc/7/root/tmp/perf-2.map': '7f0000000100 40 JS:*hot hot.js:1:1\n',
      },
    })
    const symbols = new UserSymbols(kernel, 7)
    const hot = { name: 'JS:*hot hot.js:1:1', file: '/tmp/perf-2.map', buildId: undefined }
    expect(symbols.find(0x7f0000000110n)).toEqual({ ...hot, offset: 0x10n })
    expect(symbols.find(0x7f0000000140n)).toBeUndefined()
    expect(kernel.descriptors.size).toBe(0)
  })

  it('reads again what a compiler lists once the mappings are', () => {
    const files: Record<string, string> = { '/proc/7/maps': '', '/proc/7/status': 'NSpid:\t7\n' }
    const symbols = new UserSymbols(new FakeKernel({ files }), 7)
    expect(symbols.find(0x10n)).toBeUndefined()
    files['/proc/7/root/tmp/perf-7.map'] = '10 10 new\n'
    expect(symbols.find(0x10n)).toBeUndefined()
    symbols.refresh()
    expect(symbols.find(0x10n)?.name).toBe('new')
  })

  linuxTest('neither waits for a FIFO nor follows a link where that file should be', () => {
    const file = `/tmp/perf-${process.pid}.map`
    onTestFinished(() => {
      rmSync(file, { force: true })
    })
    const symbols = new UserSymbols(openKernel(), process.pid)
    execFileSync('mkfifo', [file])
    expect(symbols.find(1n)).toBeUndefined()
    rmSync(file)
    const target = join(mkdtempSync(join(tmpdir(), 'rawbpf-symbols-')), 'map')
    writeFileSync(target, '1 1 planted\n')
    symlinkSync(target, file)
    symbols.refresh()
    expect(symbols.find(1n)).toBeUndefined()
    rmSync(join(target, '..'), { recursive: true })
    rmSync(file)
    writeFileSync(file, '1 1 own\n')
    symbols.refresh()
    expect(symbols.find(1n)?.name).toBe('own')
  })

  it('says that there is no such process', () => {
    bpfErrorOf('NO_SUCH_PROCESS', () => new UserSymbols(new FakeKernel(), 7))
  })
})
