import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fixturePath } from '../executable/fixture.ts'
import { kernelBtfTest } from '../kernel/require.ts'
import { Folder, run, runInShell, runUnprivileged } from './command_objects.ts'

const PROGRAM = fixturePath('probes.x64')

describe('rawbpf probes', () => {
  it('lists the functions of a program', async () => {
    const { code, stdout, stderr } = await run('probes', `uprobe/${PROGRAM}:fixture_???`)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n').sort()).toEqual(
      ['fixture_add', 'fixture_sum'].map((name) => `uprobe/${PROGRAM}:${name}`),
    )
  })

  it('lists USDT probes with their arguments, as text and as JSON', async () => {
    const text = await run('probes', '-v', `usdt/${PROGRAM}:fixture:guarded`)
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toBe(`usdt/${PROGRAM}:fixture:guarded\n    s64 arg0 @ %rdi\n`)
    const json = await run('probes', '-v', '--json', `usdt/${PROGRAM}:fixture:guarded`)
    expect(JSON.parse(json.stdout)).toEqual({
      probe: `usdt/${PROGRAM}:fixture:guarded`,
      arguments: [{ name: 'arg0', type: 's64', place: '%rdi' }],
    })
    const names = await run('probes', '--json', `usdt/${PROGRAM}`)
    expect(JSON.parse(names.stdout.split('\n')[0] ?? '')).toEqual({ probe: `usdt/${PROGRAM}:fixture:call` })
  })

  it('says which name may have been meant, and ends with 1', async () => {
    const { code, stdout, stderr } = await run('probes', `uprobe/${PROGRAM}:fixture_ad`)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `rawbpf: nothing to attach to matches uprobe/${PROGRAM}:fixture_ad; did you mean uprobe/${PROGRAM}:fixture_add?\n`,
    )
  })

  it('says that there is no such program, or that it is none', async () => {
    using folder = new Folder()
    const text = folder.write('text', 'no program\n')
    const whyNot = async (pattern: string): Promise<string> => {
      const { code, stdout, stderr } = await run('probes', pattern)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      return stderr
    }
    expect(await whyNot('uprobe/there-is-no-such-program:main')).toContain('there is no program there-is-no')
    expect(await whyNot('usdt//there/is/none')).toContain('there is no file /there/is/none')
    expect(await whyNot(`uprobe/${text}:main`)).toContain('this is no ELF file')
    expect(await whyNot('uprobe/*:main')).toContain('it has to name one program or library')
  })

  it('does not let the name of a file speak to the terminal', async () => {
    using folder = new Folder()
    const path = folder.write('\u001b[31m', readFileSync(PROGRAM))
    const { code, stdout } = await run('probes', `uprobe/${path}:fixture_add`)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `uprobe/${path.replace('\u001b', '\\x1b')}:fixture_add\n`,
    })
  })

  kernelBtfTest('ends where the reader goes away', async () => {
    const ending = await runInShell('"$@" 2>/dev/null | head -2', 'probes', 'fentry/*')
    expect(ending.stdout.split('\n')).toHaveLength(3)
    expect(ending).toMatchObject({ code: 0, stderr: '' })
  })

  it('says that it cannot write', async () => {
    const { code, stderr } = await runInShell('"$@" >/dev/full', 'probes', `uprobe/${PROGRAM}`)
    expect(code).toBe(1)
    expect(stderr).toContain('cannot write to standard output')
  })

  kernelBtfTest('lists what the types tell without any privilege, and says what is missing', async () => {
    const { code, stdout, stderr } = await runUnprivileged('probes', 'sched_switch')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['raw_tp/sched_switch', 'tp_btf/sched_switch']))
    expect(stderr).toMatch(/^rawbpf: warning: tp: nothing is listed, or not all: /m)
    const refused = await runUnprivileged('probes', 'tp/sched/*')
    expect(refused).toMatchObject({ code: 77, stdout: '' })
    expect(refused.stderr).toContain('tracefs')
  })
})
