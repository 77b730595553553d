import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exit, loadMem, movImm, movReg } from '../../src/insn/assemble.ts'
import { BPF_DW, BPF_W } from '../../src/insn/opcodes.ts'
import { typeId } from '../../src/base/units.ts'
import type { ObjectDescription } from '../object/object_writer.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import { at } from '../core/members.ts'
import { bpfTest, tracepointTest } from '../kernel/require.ts'
import { smallKernel } from '../relocate/small_kernel.ts'
import { Folder, run, runInShell, runUnprivileged } from './command_objects.ts'

const OBJECT = 'bpf/bootstrap.bpf.o'

/** Reads memory through what is no pointer. */
const refused: ObjectDescription = {
  programs: [
    { name: 'fine', section: 'socket', insns: [movImm(0, 0), exit()] },
    { name: 'reckless', section: 'socket', insns: [movImm(1, 8), loadMem(BPF_DW, 0, 1, 0), exit()] },
  ],
  license: 'GPL',
}

/** Asks for a field of a struct that the target has twice, with the field in two places. */
const ambiguous: ObjectDescription = {
  programs: [
    {
      name: 'asks',
      section: 'socket',
      insns: [loadMem(BPF_W, 0, 1, 0), exit()],
      coreRelos: [{ insn: 0, type: 'thing', access: '0:0' }],
    },
  ],
  types: (builder, { int = typeId(0) }) => ({ thing: builder.addStruct('thing', 4, [at(0, 'field', int)]) }),
}

function twoThings(): Uint8Array {
  const builder = new BtfBuilder()
  const int = builder.addInt('int', 4, { encoding: 'signed' })
  for (const place of [8, 16]) builder.addStruct('thing', 32, [at(place, 'field', int)])
  return builder.finish({ endianness: 'little' })
}

describe('rawbpf explain', () => {
  it('prints all chapters, in 80 columns, for the kernel that is named', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const { code, stdout, stderr } = await run('explain', OBJECT, '--btf', btf)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const headings = [...stdout.matchAll(/^(.+)\n=+$/gm)].map(([, heading]) => heading)
    expect(headings).toEqual([
      '1. The file',
      '2. Maps and globals',
      '3. Programs',
      '4. Relocations',
      '5. CO-RE',
      '6. System calls',
      '7. The verifier',
      '8. Attaching',
    ])
  })

  it('prints one chapter, of one program, and the same as JSON', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const args = ['explain', OBJECT, '--btf', btf, '--program', 'handle_exec', '--step', 'core']
    const text = await run(...args)
    expect(text.stdout).toContain('leader->real_parent')
    expect(text.stdout).not.toContain('handle_exit')
    expect(text.stdout).not.toContain('6. System calls')
    const { code, stdout } = await run(...args, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      object: OBJECT,
      calls: 'rehearsed',
      failures: [],
      chapters: { core: { accesses: [{ function: 'handle_exec', outcome: 'patched' }, {}, {}, {}] } },
    })
  })

  it('needs no privilege', async () => {
    using folder = new Folder()
    const { code, stdout } = await runUnprivileged(
      'explain',
      OBJECT,
      '--btf',
      folder.write('small.btf', smallKernel().bytes),
    )
    expect(code).toBe(0)
    expect(stdout).toContain('bpf(BPF_PROG_LOAD')
  })

  it('ends quietly where its reader goes away', async () => {
    const { stdout, stderr } = await runInShell('"$@" | head -2', 'explain', OBJECT)
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toHaveLength(3)
  })

  it('ends with 64 for a chapter that is none, and with 1 for a program that is none', async () => {
    expect(await run('explain', OBJECT, '--step', 'linking')).toMatchObject({ code: 64, stdout: '' })
    const { code, stderr } = await run('explain', OBJECT, '--program', 'none')
    expect(code).toBe(1)
    expect(stderr).toBe(`rawbpf: ${OBJECT} has no program none; it has handle_exit, handle_exec\n`)
  })
})

describe('rawbpf explain, of what fails', () => {
  it('ends with 1 and explains up to there: a file that is cut short', async () => {
    using folder = new Folder()
    const path = folder.write('cut.bpf.o', readFileSync(OBJECT).subarray(0, 4000))
    const { code, stdout } = await run('explain', path)
    expect(code).toBe(1)
    expect(stdout).toContain('It fails: see chapter 1, The file.')
    expect(stdout).toContain('FAILED, ELF_TRUNCATED:')
  })

  it('is a section name that nobody knows', async () => {
    using folder = new Folder()
    const path = folder.object({ programs: [{ name: 'lost', section: 'no/such' }] })
    const { code, stdout } = await run('explain', path)
    expect(code).toBe(1)
    expect(stdout).toContain('It fails: see chapter 3, Programs.')
    expect(stdout).toContain("problem     section name 'no/such' is not known")
  })

  it('is a field that two types have in two places', async () => {
    using folder = new Folder()
    const btf = folder.write('two.btf', twoThings())
    const { code, stdout } = await run('explain', folder.object(ambiguous), '--btf', btf)
    expect(code).toBe(1)
    expect(stdout).toContain('It fails: see chapter 5, CO-RE.')
    expect(stdout).toMatch(/2\s+types match and disagree/)
  })

  bpfTest(
    'is a program that the verifier refuses: the path, the registers, and the others as they are',
    async () => {
      using folder = new Folder()
      const { code, stdout } = await run('explain', folder.object(refused), '--load', '--step', 'verifier')
      expect(code).toBe(1)
      expect(stdout).toContain('Loaded into this kernel, attached, and both undone.')
      expect(stdout).toContain('program fine: accepted')
      expect(stdout).toMatch(/program reckless: refused\n {2}in its words: R1 invalid mem access/)
      expect(stdout).toMatch(/the path that failed:\n(.*\n)* +1: r0 = \*\(u64 \*\)\(r1 \+0\)\n/)
    },
  )

  tracepointTest('is a tracepoint that is not there', async () => {
    using folder = new Folder()
    const path = folder.object({
      programs: [{ name: 'nowhere', section: 'tp/sched/no_such_event', insns: [movImm(0, 0), exit()] }],
      license: 'GPL',
    })
    const { code, stdout } = await run('explain', path, '--load', '--step', 'attach')
    expect(code).toBe(1)
    expect(stdout).toContain('It fails: see chapter 8, Attaching.')
    expect(stdout).toContain('no tracepoint sched/no_such_event')
  })

  it('is a load that is not permitted', async () => {
    using folder = new Folder()
    const path = folder.object({
      programs: [{ name: 'p', section: 'socket', insns: [movReg(0, 1), exit()] }],
    })
    const { code, stdout } = await runUnprivileged('explain', path, '--load')
    expect(code).toBe(77)
    expect(stdout).toContain('It fails: see chapter 6, System calls.')
    expect(stdout).toContain('CAP_BPF')
  })
})

describe('rawbpf explain --html', () => {
  it('writes a page that needs nothing else, and prints nothing', async () => {
    using folder = new Folder()
    const btf = folder.write('small.btf', smallKernel().bytes)
    const page = folder.at('page.html')
    expect(await run('explain', OBJECT, '--btf', btf, '--html', page)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const html = readFileSync(page, 'utf8')
    expect(html).toMatch(/^<!doctype html>/i)
    expect(html).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)=["']?https?:/)
  })

  it('says where it could not be written', async () => {
    const { code, stderr } = await run('explain', OBJECT, '--html', '/no/such/folder/page.html')
    expect(code).toBe(1)
    expect(stderr).toContain('cannot write /no/such/folder/page.html')
  })
})
