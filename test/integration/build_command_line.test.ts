import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect } from 'vitest'
import { parseObject } from '../../src/object/parse_object.ts'
import { Folder } from './command_objects.ts'
import { toolTest } from './needs.ts'
import { type Ending, rawbpf, root, Running } from './tracer.ts'

const compilerTest = toolTest('clang', '--version')

const SOURCE = 'test/fixtures/run/source/marks.bpf.c'

async function build(folder: Folder, ...args: readonly string[]): Promise<Ending> {
  return await buildWithCache(folder.at('cache'), ...args)
}

async function buildWithCache(cache: string, ...args: readonly string[]): Promise<Ending> {
  const env = { ...process.env, XDG_CACHE_HOME: cache }
  await using running = new Running(rawbpf('build', ...args), { env })
  return await running.ended
}

const SILENT = { code: 0, stdout: '', stderr: '' }

describe('rawbpf build', () => {
  compilerTest(
    'writes an object and says nothing, with one vmlinux.h for all builds',
    async () => {
      using folder = new Folder()
      const before = readdirSync(tmpdir()).filter((name) => name.startsWith('rawbpf-build-'))
      expect(await build(folder, SOURCE, '-o', folder.at('out.o'))).toMatchObject(SILENT)
      const spec = parseObject(readFileSync(folder.at('out.o')), 'out.o')
      expect([...spec.programs.keys()]).toEqual(['on_exit'])
      const sections = spec.elf.sections.map(({ name }) => name)
      expect(sections).toContain('.BTF.ext')
      expect(sections.filter((name) => name.includes('.debug'))).toEqual([])
      const kernels = readdirSync(folder.at('cache/rawbpf'))
      expect(kernels).toEqual([expect.stringMatching(/^vmlinux-[\da-f]{16}$/)])
      expect(readdirSync(folder.at(`cache/rawbpf/${kernels[0] ?? ''}`))).toEqual(['vmlinux.h'])

      folder.write('code.h', '#define MARK 5\n')
      const source = folder.write('own.bpf.c', readFileSync(`${root}/${SOURCE}`))
      expect(await build(folder, source)).toMatchObject(SILENT)
      expect(existsSync(folder.at('own.bpf.o'))).toBe(true)
      expect(readdirSync(folder.at('cache/rawbpf'))).toEqual(kernels)
      const after = readdirSync(tmpdir()).filter((name) => name.startsWith('rawbpf-build-'))
      expect(after.filter((name) => !before.includes(name))).toEqual([])
    },
    60_000,
  )

  compilerTest(
    'takes the vmlinux.h of the source, and no cache that others may write to',
    async () => {
      using folder = new Folder()
      const own = folder.write('own.bpf.c', '#include "vmlinux.h"\nanswer global;\n')
      folder.write('vmlinux.h', 'typedef int answer;\n')
      expect(await build(folder, own)).toMatchObject(SILENT)
      expect(existsSync(folder.at('cache'))).toBe(false)

      mkdirSync(folder.at('cache'))
      mkdirSync(folder.at('cache/rawbpf'))
      mkdirSync(folder.at('elsewhere'))
      chmodSync(folder.at('cache/rawbpf'), 0o777)
      const other = folder.write('elsewhere/other.bpf.c', '#include "vmlinux.h"\npid_t global;\n')
      expect(await build(folder, other)).toMatchObject(SILENT)
      const kept = readdirSync(folder.at('cache/rawbpf')).flatMap((name) =>
        readdirSync(folder.at(`cache/rawbpf/${name}`)),
      )
      expect(kept).toEqual([])
    },
    60_000,
  )

  compilerTest(
    'makes no cache where there can be no folder',
    async () => {
      using folder = new Folder()
      const source = folder.write('own.bpf.c', '#include "vmlinux.h"\npid_t global;\n')
      for (const cache of ['/proc', '/dev/null']) {
        expect(await buildWithCache(cache, source)).toMatchObject(SILENT)
      }
    },
    60_000,
  )

  compilerTest('says what clang says, and how it was called', async () => {
    using folder = new Folder()
    const source = folder.write('bad.bpf.c', '#include <bpf/bpf_missing.h>\n')
    const { code, stdout, stderr } = await build(folder, source)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`rawbpf: cannot compile ${source} (exit code 1):\n`)
    expect(stderr).toContain("fatal error: 'bpf/bpf_missing.h' file not found")
    expect(stderr).toContain('The command was: clang -O2 -g -target bpf -mcpu=v3 ')
    expect(stderr).toContain(`-c ${source} -o ${folder.at('bad.bpf.o')}\n`)
    expect(stderr).toContain("These headers are libbpf's: the package libbpf-dev")
    expect(existsSync(folder.at('bad.bpf.o'))).toBe(false)
  })

  compilerTest('passes warnings on, and refuses what is no C', async () => {
    using folder = new Folder()
    const source = folder.write('warned.bpf.c', '#warning careful\nint global;\n')
    const { code, stderr } = await build(folder, source)
    expect(code).toBe(0)
    expect(stderr).toContain('warning: careful')
    const other = await build(folder, 'README.md')
    expect(other.code).toBe(64)
    expect(other.stderr).toContain('Invalid source: README.md does not end with .c')
    const nowhere = await build(folder, source, '-o', folder.at('no/such/folder.o'))
    expect(nowhere.code).toBe(1)
    expect(nowhere.stderr).toContain('cannot write')
  })
})
