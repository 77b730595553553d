import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { stepsOf } from '../../scripts/walk-page.ts'
import { WalkProject } from '../../scripts/walk-project.ts'
import { differences, type Shown, walk, walkPage } from '../../scripts/walk.ts'
import { eventually } from '../integration/eventually.ts'
import { allGone, attachedPrograms, objectsOf } from '../integration/kernel_objects.ts'
import { toolTest } from '../integration/needs.ts'
import { Running } from '../integration/tracer.ts'

/** The page needs a compiler, and the system calls' tracepoints. */
const walkTest = toolTest('clang', '--version')

const EBADF = 9
const NO_DESCRIPTOR = 1_000_000
const PROGRAMS = 4

interface Fsync {
  readonly time: string
  readonly duration_ns: number
  readonly pid: number
  readonly syscall: string
  readonly fd: number
  readonly ret: number
  readonly comm: string
  readonly file: string
}

const page = readFileSync(walkPage, 'utf8')
const project = new WalkProject()
let walked: Promise<readonly Shown[]> | undefined

/** Packs the package and takes all steps, once. */
function walkOnce(): Promise<readonly Shown[]> {
  walked ??= walk(project, page)
  return walked
}

const MINUTES = 60_000

/** The tool that the page ends with, without the process of `tsx` around it. */
const fsyncsnoop = (...args: readonly string[]): Running =>
  new Running([process.execPath, '--import', 'tsx', 'cli.ts', ...args], { cwd: project.folder })

/** The same, attached. */
async function start(...args: readonly string[]): Promise<Running> {
  const tool = fsyncsnoop('--json', ...args)
  await eventually(`the programs of fsyncsnoop; it said: ${tool.stderr}`, () => {
    if (tool.hasEnded) throw new Error(`fsyncsnoop ended before it had attached: ${tool.stderr}`)
    return attachedPrograms(tool.pid) === PROGRAMS ? true : undefined
  })
  return tool
}

const recordsOf = ({ stdout }: Running): readonly Fsync[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Fsync)

afterAll(() => {
  project[Symbol.dispose]()
})

describe('docs/write-a-tool.md', () => {
  walkTest(
    'can be followed, and shows what its commands print',
    async () => {
      const shown = await walkOnce()
      expect(shown.length).toBeGreaterThan(5)
      expect(differences(shown)).toEqual([])
    },
    5 * MINUTES,
  )

  walkTest(
    'ends with a tool that tells of every call what is known of it',
    async () => {
      await walkOnce()
      await using tool = await start('--pid', String(process.pid))
      await using slow = await start('--pid', String(process.pid), '--slower', '600000')
      const objects = objectsOf(tool.pid)
      const fd = openSync(join(project.folder, 'known'), 'w')
      const began = process.hrtime.bigint()
      fsyncSync(fd)
      fdatasyncSync(fd)
      expect(() => {
        fsyncSync(NO_DESCRIPTOR)
      }).toThrow('EBADF')
      const took = Number(process.hrtime.bigint() - began)
      closeSync(fd)
      await eventually('three records', () => (recordsOf(tool).length === 3 ? true : undefined))

      const common = { pid: process.pid, comm: readFileSync('/proc/thread-self/comm', 'utf8').trimEnd() }
      expect(recordsOf(tool)).toMatchObject([
        { ...common, syscall: 'fsync', fd, ret: 0, file: 'known' },
        { ...common, syscall: 'fdatasync', fd, ret: 0, file: 'known' },
        { ...common, syscall: 'fsync', fd: NO_DESCRIPTOR, ret: -EBADF, file: '' },
      ])
      const durations = recordsOf(tool).map(({ duration_ns }) => duration_ns)
      expect(Math.min(...durations)).toBeGreaterThan(0)
      expect(durations.reduce((sum, each) => sum + each)).toBeLessThan(took)
      expect(await tool.stop()).toMatchObject({ code: 0, signal: null, stderr: '' })
      expect(await slow.stop()).toMatchObject({ code: 0, stdout: '', stderr: '' })
      await allGone(objects)
    },
    5 * MINUTES,
  )

  walkTest(
    'ends with a tool that says by its own name what is wrong',
    async () => {
      await walkOnce()
      rmSync(join(project.folder, 'fsyncsnoop.bpf.o'))
      await using tool = fsyncsnoop()
      const { code, stderr } = await tool.ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/^fsyncsnoop: cannot read the BPF object /)
    },
    5 * MINUTES,
  )
})

describe('the files of docs/write-a-tool.md', () => {
  const files = stepsOf(page).filter((step) => step.kind === 'file')

  it('have a user half that is short and imports the public API alone', () => {
    const user = files.filter(({ name }) => ['fsyncsnoop.ts', 'cli.ts'].includes(name))
    expect(user).toHaveLength(2)
    for (const { text } of user) {
      const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, specifier]) => specifier)
      expect(
        imported.every((specifier) => ['rawbpf', 'rawbpf/tool', './fsyncsnoop.ts'].includes(specifier ?? '')),
      ).toBe(true)
      expect(text.split('\n').length).toBeLessThan(100)
    }
  })
})
