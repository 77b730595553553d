import { describe, expect, it } from 'vitest'
import { exit, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { typeId } from '../../src/base/units.ts'
import { at } from '../core/members.ts'
import { kernelBtfTest } from '../kernel/require.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { Folder, run, runInShell, runUnprivileged } from './command_objects.ts'
import { toolTest } from './needs.ts'
import { Running, rawbpf } from './tracer.ts'

const OBJECT = 'bpf/bootstrap.bpf.o'

/** A program that reads a field, one whose section no loader knows, and one that is off. */
const mixed: ObjectDescription = {
  programs: [
    {
      name: 'reads',
      section: 'raw_tp/sched_switch',
      insns: [loadMem(BPF_W, 0, 1, 0), exit()],
      coreRelos: [{ insn: 0, type: 'task', access: '0:0' }],
    },
    { name: 'unknown', section: 'no/such/section' },
    { name: 'off', section: '?xdp', insns: [movImm(0, 2), exit()] },
  ],
  types: (builder, { int = typeId(0) }) => ({
    task: builder.addStruct('task_struct', 4, [at(0, 'tgid', int)]),
  }),
}

describe('rawbpf relocate', () => {
  it('prints every program with its patches for the kernel that is named', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const { code, stdout, stderr } = await run('relocate', OBJECT, '--btf', btf)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await expect(stdout.replaceAll(btf, 'small kernel')).toMatchFileSnapshot(
      '../golden/bootstrap-relocated.txt',
    )
  })

  it('prints one JSON object, and only the program that is asked for', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const args = [folder.object(mixed), '--btf', btf, '--program', 'reads', '--json']
    const { code, stdout, stderr } = await run('relocate', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      object: folder.at('test.bpf.o'),
      programs: [
        {
          name: 'reads',
          type: 'BPF_PROG_TYPE_RAW_TRACEPOINT',
          insns: [
            {
              insn: 0,
              bytes: '6110480000000000',
              text: 'r0 = *(u32 *)(r1 +72)',
              before: { bytes: '6110000000000000', text: 'r0 = *(u32 *)(r1 +0)' },
              relocations: [
                { kind: 'core', relocation: 'field_byte_offset', expected: 0, value: 72, poisoned: false },
              ],
            },
            { insn: 1, text: 'exit' },
          ],
        },
      ],
      failures: [],
    })
  })

  it('says which programs fail, ends with 1, and prints the others', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const path = folder.object(mixed)
    const text = await run('relocate', path, '--btf', btf)
    expect(text.code).toBe(1)
    expect(text.stdout).toContain('program "reads"')
    expect(text.stdout).not.toContain('program "off"')
    expect(text.stderr).toMatch(/^rawbpf: [^\n]*unknown[^\n]*'no\/such\/section'[^\n]*\n$/)

    const json = await run('relocate', path, '--btf', btf, '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      programs: [{ name: 'reads' }],
      failures: [{ program: 'unknown', message: expect.stringContaining('no/such/section') as unknown }],
    })
  })

  it('relocates a big-endian object', async () => {
    using folder = new Folder()
    const { code, stdout } = await run('relocate', folder.object({ endianness: 'big' }))
    expect(code).toBe(0)
    expect(stdout).toContain(': 2 instructions')
  })

  it('loads no koffi and asks no kernel', async () => {
    const spy = [
      "import { readFileSync } from 'node:fs'",
      "process.on('exit', () => {",
      "  if (readFileSync('/proc/self/maps', 'utf8').includes('koffi')) process.stderr.write('koffi is there')",
      '})',
    ].join('\n')
    const [node, ...args] = rawbpf('relocate', OBJECT)
    await using running = new Running([
      node,
      '--import',
      `data:text/javascript,${encodeURIComponent(spy)}`,
      ...args,
    ])
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  toolTest('setpriv', '--version')('needs no privilege', async () => {
    const { code, stdout, stderr } = await runUnprivileged('relocate', OBJECT)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('of vmlinux')
  })
})

describe('what rawbpf relocate prints, and where', () => {
  kernelBtfTest('ends with 0 and in silence when the reader of its output goes away', async () => {
    const script = '{ "$@" relocate bpf/bootstrap.bpf.o --json; echo "ended with $?" >&2; } | head -c 5'
    const { stdout, stderr } = await runInShell(script)
    expect({ stdout, stderr }).toEqual({ stdout: '{"obj', stderr: 'ended with 0\n' })
  })

  kernelBtfTest('says so and ends with 1 when its output cannot be written', async () => {
    const { code, stderr } = await runInShell('"$@" relocate bpf/bootstrap.bpf.o >/dev/full')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^rawbpf: cannot write to standard output: ENOSPC[^\n]*\n$/)
  })
})

describe('what rawbpf relocate refuses', () => {
  const refused = async (code: number, ...args: readonly string[]): Promise<string> => {
    const ending = await run('relocate', ...args)
    expect(ending).toMatchObject({ code, stdout: '' })
    return ending.stderr
  }

  it('a file that is missing, and one that is no BPF object', async () => {
    expect(await refused(1, '/not/there.o')).toMatch(
      /^rawbpf: cannot read the BPF object \/not\/there.o: ENOENT/,
    )
    expect(await refused(1, 'package.json')).toMatch(/^rawbpf: [^\n]*package.json[^\n]*ELF[^\n]*\n$/)
  })

  it('a program that the object does not have', async () => {
    expect(await refused(1, OBJECT, '--program', 'nope')).toBe(
      `rawbpf: ${OBJECT} has no program nope; it has handle_exit and handle_exec\n`,
    )
  })

  it('types that cannot be read, and types that are cut off', async () => {
    using folder = new Folder()
    const cut = folder.write('cut.btf', smallKernel().bytes.subarray(0, 200))
    expect(await refused(1, OBJECT, '--btf', '/not/there')).toContain('cannot read types from /not/there')
    expect(await refused(1, OBJECT, '--btf', folder.path)).toContain('EISDIR')
    expect(await refused(1, OBJECT, '--btf', cut)).toMatch(/^rawbpf: [^\n]*cut\.btf[^\n]*\n$/)
    expect(await refused(1, OBJECT, '--btf', 'package.json')).toMatch(/^rawbpf: [^\n]*package.json[^\n]*\n$/)
  })

  it('arguments that it does not know, with its usage and 64', async () => {
    expect(await refused(64)).toContain('Usage: rawbpf relocate [options] <object>')
    expect(await refused(64, OBJECT, 'more')).toContain('too many arguments')
    expect(await refused(64, OBJECT, '--nope')).toContain("unknown option '--nope'")
  })
})
