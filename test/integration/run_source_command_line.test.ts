import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { Folder } from './command_objects.ts'
import { eventually } from './eventually.ts'
import { attachedPrograms } from './kernel_objects.ts'
import { toolTest } from './needs.ts'
import { child, ours, printed, start } from './running_object.ts'
import { root } from './tracer.ts'

const SOURCE = 'test/fixtures/run/source'

const compilerTest = toolTest('clang', '--version')

describe('rawbpf run of C', () => {
  compilerTest(
    'compiles C, with a vmlinux.h of the running kernel that it keeps',
    async () => {
      using folder = new Folder()
      const env = { ...process.env, XDG_CACHE_HOME: folder.at('cache') }
      await using running = await start(1, [`${SOURCE}/marks.bpf.c`, ...ours, '--json'], { env })
      const pid = child()
      await printed(running, new RegExp(`"map":"marks","record":{"pid":${pid},"mark":1,`))
      const { code, stderr } = await running.stop()
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(existsSync(folder.at('cache/rawbpf'))).toBe(true)
    },
    60_000,
  )

  compilerTest(
    'builds and loads anew when a file changes, and runs on where that fails',
    async () => {
      using folder = new Folder()
      const env = { ...process.env, XDG_CACHE_HOME: folder.at('cache') }
      folder.write('code.h', '#define MARK 1\n')
      const source = folder.write('marks.bpf.c', readFileSync(`${root}/${SOURCE}/marks.bpf.c`))
      await using running = await start(1, [source, ...ours, '--json', '--watch'], { env })
      const marked = async (mark: number): Promise<void> => {
        await eventually(`a record with mark ${mark}: ${running.stdout}${running.stderr}`, () => {
          child()
          return running.stdout.includes(`"mark":${mark},`) ? true : undefined
        })
      }
      await marked(1)
      writeFileSync(folder.at('code.h'), '#define MARK nonsense\n')
      await eventually('an error of clang', () =>
        running.stderr.includes('undeclared identifier') ? true : undefined,
      )
      expect(running.hasEnded).toBe(false)
      const pid = child()
      await printed(running, new RegExp(`{"pid":${pid},"mark":1,`))
      writeFileSync(folder.at('code.h'), '#define MARK 22\n')
      await marked(22)
      expect(attachedPrograms(running.pid)).toBe(1)
      rmSync(source)
      await eventually('an error', () => (running.stderr.includes('no such file') ? true : undefined))
      const { code, stderr } = await running.stop()
      expect(code).toBe(0)
      expect(stderr.split(`${source} has changed and was loaded anew\n`)).toHaveLength(2)
    },
    120_000,
  )
})
