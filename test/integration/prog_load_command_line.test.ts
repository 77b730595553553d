import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { getPinnedObject } from '../../src/kernel/bpf_calls.ts'
import { isBpfFs } from '../../src/kernel/bpffs.ts'
import { openKernel } from '../../src/kernel/linux.ts'
import { exit } from '../../src/insn/assemble.ts'
import { bpfFsTest } from '../kernel/bpffs_mount.ts'
import { fiveTypes, fiveTypesTest, Folder, run, runUnprivileged } from './command_objects.ts'
import { toolTest } from './needs.ts'

const PROGRAMS = ['argument', 'length', 'next', 'on_exec', 'pass']

/** Names in the kernel: those of data sections begin with the object's. */
const MAPS = ['_data_custom', 'counts', 'test_bss', 'test_rodata']

/** A new BPF file system has two files of the kernel's own. */
function pinsIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !name.endsWith('.debug'))
    .sort()
}

/** Whether what is pinned there is a link. */
function isLink(path: string): boolean {
  using pinned = getPinnedObject(openKernel(), path)
  return pinned !== undefined && readFileSync(`/proc/self/fdinfo/${pinned.fd}`, 'utf8').includes('link_id')
}

describe('rawbpf prog load', () => {
  fiveTypesTest('pins the first program that is loaded', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const object = folder.object({
      ...fiveTypes,
      programs: [{ name: 'off', section: '?tc' }, ...(fiveTypes.programs ?? [])],
    })
    expect(await run('prog', 'load', object, `${fs}/one`, 'pinmaps', `${fs}/maps`)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(pinsIn(fs)).toEqual(['maps', 'one'])
    expect(pinsIn(`${fs}/maps`)).toEqual(MAPS)
  })

  fiveTypesTest('mounts a BPF file system where there is none, unless it is not to', async () => {
    using folder = new Folder()
    const object = folder.object(fiveTypes)
    mkdirSync(folder.at('new'))
    const refused = await run('prog', 'load', '-n', object, folder.at('new/one'))
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^rawbpf: [^\n]*its file system is of type[^\n]*mount -t bpf[^\n]*\n$/)
    expect(isBpfFs(folder.at('new'))).toBe(false)

    const loaded = await run('prog', 'load', object, folder.at('new/one'))
    expect(loaded).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(pinsIn(folder.mounted('new'))).toEqual(['one'])
  })

  bpfFsTest('makes no directory to mount on', async () => {
    using folder = new Folder()
    const { code, stderr } = await run('prog', 'load', folder.object(fiveTypes), folder.at('missing/one'))
    expect(code).toBe(1)
    expect(stderr).toContain('it does not exist')
    expect(existsSync(folder.at('missing'))).toBe(false)
  })
})

describe('rawbpf prog loadall', () => {
  fiveTypesTest('pins every program and every map under their names', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const args = [folder.object(fiveTypes), `${fs}/programs`, 'pinmaps', `${fs}/maps`]
    expect(await run('prog', 'loadall', ...args)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(pinsIn(`${fs}/programs`)).toEqual(PROGRAMS)
    expect(pinsIn(`${fs}/maps`)).toEqual(MAPS)
  })

  fiveTypesTest('attaches with autoattach, and pins the links', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const { code, stderr } = await run('prog', 'loadall', folder.object(fiveTypes), `${fs}/p`, 'autoattach')
    expect(code).toBe(0)
    expect(stderr).toContain(
      'rawbpf: program "length" is pinned without being attached by its section name "tc"',
    )
    expect(stderr).not.toContain('on_exec')
    expect(pinsIn(`${fs}/p`)).toEqual(PROGRAMS)
    expect(PROGRAMS.filter((name) => isLink(`${fs}/p/${name}`))).toEqual(['argument', 'on_exec'])
  })

  fiveTypesTest('leaves nothing behind where one of the names is taken', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const object = folder.object(fiveTypes)
    mkdirSync(`${fs}/programs`)
    await run('prog', 'load', object, `${fs}/programs/next`)
    const { code, stderr } = await run('prog', 'loadall', object, `${fs}/programs`, 'pinmaps', `${fs}/maps`)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^rawbpf: cannot pin program next at [^\n]*: something is pinned there already[^\n]*\n$/,
    )
    expect(pinsIn(fs)).toEqual(['programs'])
    expect(pinsIn(`${fs}/programs`)).toEqual(['next'])
  })

  bpfFsTest('leaves nothing behind where a program is refused', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const object = folder.object({ programs: [{ name: 'bad', section: 'xdp', insns: [exit()] }] })
    const { code, stderr } = await run('prog', 'loadall', object, `${fs}/programs`)
    expect(code).toBe(1)
    expect(stderr).toContain('R0 !read_ok')
    expect(pinsIn(fs)).toEqual([])
  })

  fiveTypesTest('gives the names that bpftool gives', async () => {
    using folder = new Folder()
    const fs = folder.bpfFs('fs')
    const object = folder.object(fiveTypes)
    const args = (name: string): readonly [string, string, string, string, string, string] => {
      return ['prog', 'loadall', object, `${fs}/${name}`, 'pinmaps', `${fs}/${name}_maps`]
    }
    expect(await run(...args('ours'))).toMatchObject({ code: 0 })
    execFileSync('bpftool', args('theirs'), { stdio: 'pipe' })
    expect(pinsIn(`${fs}/ours`)).toEqual(pinsIn(`${fs}/theirs`))
    expect(pinsIn(`${fs}/ours_maps`)).toEqual(pinsIn(`${fs}/theirs_maps`))
  })
})

describe('what rawbpf prog load and loadall refuse', () => {
  bpfFsTest('an object without a program to pin', async () => {
    using folder = new Folder()
    const object = folder.object({ programs: [{ name: 'off', section: '?xdp' }] })
    const { code, stderr } = await run('prog', 'loadall', object, folder.at('p'))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `rawbpf: ${object} has no program that is loaded by default\n`,
    })
    expect(existsSync(folder.at('p'))).toBe(false)
  })

  toolTest('setpriv', '--version')('somebody without the rights, with 77', async () => {
    using folder = new Folder()
    const object = folder.object(fiveTypes)
    for (const [directory, capability] of [
      [folder.bpfFs('fs'), 'CAP_BPF'],
      [folder.path, 'CAP_SYS_ADMIN'],
    ] as const) {
      const { code, stdout, stderr } = await runUnprivileged('prog', 'load', object, `${directory}/p`)
      expect({ code, stdout }).toEqual({ code: 77, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^rawbpf: [^\n]*lacks ${capability}[^\n]*\n$`))
    }
  })
})
