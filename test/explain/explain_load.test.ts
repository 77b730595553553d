import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Btf } from '../../src/btf/btf.ts'
import { watchLoad } from '../../src/commands/watch_load.ts'
import { explainLoad } from '../../src/explain/explain_load.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { explanationText } from '../../src/explain/explanation_text.ts'
import { narrow } from '../../src/explain/narrow.ts'
import { exit, loadMem } from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import { typeId } from '../../src/base/units.ts'
import { at } from '../core/members.ts'
import { type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { smallKernel } from '../relocate/small_kernel.ts'

function explain(bytes: Uint8Array, path = 'test.bpf.o', program?: string): Explanation {
  const target: Btf = smallKernel()
  return narrow(
    explainLoad(
      watchLoad({
        path,
        bytes,
        program,
        calls: 'rehearsed',
        target: { targetBtf: () => target },
        targetKernel: 'another',
        kernelConfig: undefined,
      }),
    ),
    program,
  )
}

const bootstrap = explain(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o')

describe('an explanation of bootstrap', () => {
  it('is the text that it was', async () => {
    await expect(explanationText(bootstrap)).toMatchFileSnapshot('../golden/bootstrap-explained.txt')
  })

  it('has nothing that JSON does not have', () => {
    expect(JSON.parse(JSON.stringify(bootstrap))).toEqual(withoutUndefined(bootstrap))
  })

  it('shows each access as C, with both structs', () => {
    const access = bootstrap.chapters.core.accesses.find(
      ({ kind, subject }) => kind === 'field_byte_offset' && subject === 'struct signal_struct.flags',
    )
    expect(access).toMatchObject({
      expression: 'leader->signal->flags',
      value: '36',
      outcome: 'patched',
      candidates: [{ btf: 'small kernel', matches: true, why: 'has it at byte 36' }],
    })
    const { type = '', members } = access?.candidates[0]?.place ?? {}
    expect(bootstrap.types[type]?.members[members?.[0] ?? -1]?.declaration).toBe('unsigned int flags')
  })

  it('knows the descriptor of each map in the instructions that the kernel gets', () => {
    const { loaded } = bootstrap.chapters.relocations
    const calls = bootstrap.chapters.syscalls.syscalls
    const rb = calls.find(({ purpose }) => purpose === 'creates a map: rb')
    expect(Object.values(loaded['handle_exec'] ?? {})).toContain(`r1 = map[fd:${rb?.result}]`)
  })

  it('tells only of the program that is asked for', () => {
    const only = explain(readFileSync('bpf/bootstrap.bpf.o'), 'bootstrap.bpf.o', 'handle_exec')
    const { programs, attach, relocations, verifier } = only.chapters
    for (const part of [programs.programs, relocations.programs])
      expect(part.map(({ name }) => name)).toEqual(['handle_exec'])
    for (const part of [attach.links, verifier.programs])
      expect(part.map(({ program }) => program)).toEqual(['handle_exec'])
    const loads = only.chapters.syscalls.syscalls.filter(({ command }) => command === 'BPF_PROG_LOAD')
    expect(loads).toHaveLength(1)
  })
})

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) =>
      each === undefined ? [] : [[key, withoutUndefined(each)]],
    ),
  )
}

describe('explanations of all fixtures', () => {
  const fixtures = readdirSync('test/fixtures', { recursive: true, encoding: 'utf8' })
  const objects = [
    ...fixtures.filter((file) => file.endsWith('.bpf.o')).map((file) => `test/fixtures/${file}`),
    'bpf/bootstrap.bpf.o',
  ]

  it('has some to look at', () => {
    expect(objects.length).toBeGreaterThan(20)
  })

  it.each(objects)('%s fits into 80 columns and talks to no terminal', (path) => {
    const text = explanationText(explain(readFileSync(path), path))
    const lines = text.split('\n')
    // An object's path is the one word that may be too long to break where a reader would.
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([])
    expect(lines.filter((line) => line.endsWith(' '))).toEqual([])
    expect(text).not.toMatch(/undefined|\[object|NaN/)
  })
})

/** Reads one field of the kernel's struct `task_struct`, by the name that is given. */
const reads = (field: string): ObjectDescription => ({
  programs: [
    {
      name: 'reads',
      section: 'raw_tp/sched_switch',
      insns: [loadMem(BPF_W, 0, 1, 0), exit()],
      coreRelos: [{ insn: 0, type: 'task', access: '0:0' }],
    },
  ],
  types: (builder, { int = typeId(0) }) => ({
    task: builder.addStruct('task_struct', 4, [at(0, field, int)]),
  }),
})

describe('what fails', () => {
  it('is said in the chapter where it happens, and the ones before are whole', () => {
    const { chapters, failures } = explain(writeObject({ programs: [{ name: 'lost', section: 'no/such' }] }))
    expect(failures).toMatchObject([
      { chapter: 'programs', program: 'lost', code: 'RELOCATION_UNKNOWN_PROGRAM_TYPE' },
    ])
    expect(chapters.file.sections.length).toBeGreaterThan(3)
    expect(chapters.programs.programs).toMatchObject([
      { name: 'lost', type: undefined, linkedInsnCount: undefined },
    ])
    expect(chapters.relocations.programs).toEqual([])
  })

  it('is a file that is cut short', () => {
    const { chapters, failures } = explain(readFileSync('bpf/bootstrap.bpf.o').subarray(0, 3000))
    expect(failures).toMatchObject([{ chapter: 'file', code: 'ELF_TRUNCATED' }])
    expect(chapters.file.header).toBeUndefined()
  })

  it('is an ELF file for another machine, whose sections are told all the same', () => {
    const { chapters, failures } = explain(readFileSync(process.execPath), 'node')
    expect(failures).toMatchObject([{ chapter: 'file', code: 'OBJECT_NOT_BPF' }])
    expect(chapters.file.sections.find(({ name }) => name === '.text')?.role).toBe('')
  })

  it('is no failure where a field is missing: the instruction is poisoned, and why no candidate has it is told', () => {
    const { chapters, failures } = explain(writeObject(reads('no_such_field')))
    expect(failures).toEqual([])
    expect(chapters.core.accesses).toMatchObject([
      {
        outcome: 'poisoned',
        value: undefined,
        after: 'call 195896080',
        candidates: [{ matches: false, why: 'has no member no_such_field' }],
      },
    ])
  })

  it('tells of a member that is of another sort', () => {
    const { chapters } = explain(writeObject(reads('comm')))
    expect(chapters.core.accesses[0]?.candidates).toMatchObject([
      { matches: false, why: 'has a member comm of another sort than the program means' },
    ])
  })
})
