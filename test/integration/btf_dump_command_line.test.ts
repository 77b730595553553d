import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addBasics, built } from '../btf/build.ts'
import { kernelTest } from '../kernel/require.ts'
import { Folder, run, runInShell, runUnprivileged } from './command_objects.ts'

const VMLINUX = '/sys/kernel/btf/vmlinux'
const OBJECT = 'bpf/bootstrap.bpf.o'

const dump = (...args: readonly string[]): ReturnType<typeof run> => run('btf', 'dump', 'file', ...args)

const vmlinuxTest = kernelTest('types of the kernel in /sys/kernel/btf', () =>
  existsSync(VMLINUX) ? undefined : `${VMLINUX} is not there`,
)

const compilerTest = kernelTest('clang', () => {
  execFileSync('clang', ['--version'], { stdio: 'ignore' })
  return undefined
})

/** A base, and types that go on from it. */
function splitTypes(): { readonly base: Uint8Array; readonly split: Uint8Array } {
  const { btf: base, ids: int } = built((b) => addBasics(b).int)
  const { btf } = built((b) => b.addTypedef('own_t', int), { base })
  return { base: base.bytes, split: btf.bytes }
}

describe('rawbpf btf dump file', () => {
  it('prints the types of an object, one a line', async () => {
    const { code, stdout, stderr } = await dump(OBJECT)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^\[1\] PTR '\(anon\)' type_id=\d+\n/)
    expect(await dump(OBJECT, 'format', 'raw')).toMatchObject({ code: 0, stdout })
  })

  it('prints them as JSON, by its own word and by the option that all commands have', async () => {
    const { code, stdout } = await dump(OBJECT, 'format', 'json')
    expect(code).toBe(0)
    const { types } = JSON.parse(stdout) as { readonly types: readonly unknown[] }
    expect(types[0]).toMatchObject({ id: 1, kind: 'PTR', name: '(anon)' })
    expect(await dump(OBJECT, '--json')).toMatchObject({ code: 0, stdout })
  })

  it('prints one type, and in C what it needs', async () => {
    const one = await dump(OBJECT, '--type', 'event')
    expect(one.stdout).toMatch(/^\[\d+\] STRUCT 'event' size=\d+ vlen=\d+\n(\t[^\n]*\n)+$/)
    const id = /^\[(\d+)\]/.exec(one.stdout)?.[1] ?? ''
    expect(await dump(OBJECT, 'root_id', id)).toEqual(one)

    const { code, stdout } = await dump(OBJECT, 'format', 'c', '--type', 'event')
    expect(code).toBe(0)
    expect(stdout).toContain('struct event {\n\tunsigned long long duration_ns;\n')
    expect(stdout).not.toContain('struct trace_event_raw_sched_process_exec')
  })

  it("prints a module's types on those of its kernel", async () => {
    using folder = new Folder()
    const { base, split } = splitTypes()
    const [basePath, path] = [folder.write('vmlinux', base), folder.write('module', split)]
    expect(await dump(path, '-B', basePath)).toMatchObject({
      code: 0,
      stdout: "[6] TYPEDEF 'own_t' type_id=1\n",
    })
    const { stdout } = await dump(path, '--base-btf', basePath, 'format', 'c')
    expect(stdout).toContain('typedef int own_t;')
  })

  compilerTest('prints a header that clang compiles', async () => {
    using folder = new Folder()
    const { stdout } = await dump(OBJECT, 'format', 'c')
    const header = folder.write('vmlinux.h', stdout)
    const source = folder.write('a.bpf.c', `#include "${header}"\nstruct event last;\n`)
    const flags = ['-target', 'bpf', '-g', '-O2', '-Wall', '-Werror']
    execFileSync('clang', [...flags, '-c', source, '-o', folder.at('a.bpf.o')])
    const layout = async (path: string): Promise<string> =>
      (await dump(path, '--type', 'event')).stdout.replace(/\[\d+\]|type_id=\d+/g, '')
    expect(await layout(folder.at('a.bpf.o'))).toBe(await layout(OBJECT))
  })

  vmlinuxTest('needs no privilege for the types of the kernel', async () => {
    const { code, stdout, stderr } = await runUnprivileged('btf', 'dump', 'file', VMLINUX, 'format', 'c')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^#ifndef __VMLINUX_H__\n/)
    expect(stdout).toContain('\nstruct task_struct {\n')
    expect(stdout).toMatch(/#endif \/\* __VMLINUX_H__ \*\/\n$/)
  })

  vmlinuxTest('ends with 0 and in silence when the reader of its output goes away', async () => {
    const script = `{ "$@" btf dump file ${VMLINUX}; echo "ended with $?" >&2; } | head -c 3`
    expect(await runInShell(script)).toMatchObject({ stdout: '[1]', stderr: 'ended with 0\n' })
  })
})

describe('what rawbpf btf dump file refuses', () => {
  const refused = async (code: number, ...args: readonly string[]): Promise<string> => {
    const ending = await dump(...args)
    expect(ending).toMatchObject({ code, stdout: '' })
    return ending.stderr
  }

  it('a type that there is not, with what may have been meant', async () => {
    expect(await refused(1, OBJECT, '--type', 'evnt')).toBe(
      `rawbpf: ${OBJECT} has no type evnt; did you mean event?\n`,
    )
    expect(await refused(1, OBJECT, 'root_id', '9999')).toMatch(/there is no type 9999/)
  })

  it('files that have no types, and types whose base is missing', async () => {
    using folder = new Folder()
    expect(await refused(1, '/not/there')).toContain('cannot read types from /not/there: ENOENT')
    expect(await refused(1, 'package.json')).toMatch(/^rawbpf: cannot read types from package\.json/)
    const path = folder.write('module', splitTypes().split)
    expect(await refused(1, path, 'format', 'c')).toMatch(/go on from others, [^\n]* with -B FILE\n$/)
  })

  it('words that it does not know, with its usage and 64', async () => {
    expect(await refused(64)).toContain('Usage: rawbpf btf dump file [options] <file> [words...]')
    expect(await refused(64, OBJECT, 'format', 'yaml')).toContain("unknown format 'yaml'")
    expect(await refused(64, OBJECT, 'format', 'c', '--json')).toContain('--json does not go with format c')
    expect(await refused(64, OBJECT, '--nope')).toContain("unknown option '--nope'")
  })
})
