import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { typeId } from '../../src/base/units.ts'
import { R_BPF_64_32 } from '../../src/elf/constants.ts'
import { callSubprogram, exit, loadImm64, loadMem, movImm } from '../../src/insn/assemble.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { relocateObject } from '../../src/relocate/relocate_object.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { at } from '../core/members.ts'
import { type ObjectDescription, type ProgramDescription, writeObject } from '../object/object_writer.ts'
import { smallKernel } from './small_kernel.ts'

const noTarget = (): never => expect.fail('the target’s types were asked for')

const types: NonNullable<ObjectDescription['types']> = (builder, { int = typeId(0) }) => ({
  task: builder.addStruct('task_struct', 4, [at(0, 'tgid', int)]),
})
const coreRelos = [{ insn: 0, type: 'task', access: '0:0' }]
const withCore: ObjectDescription = {
  types,
  programs: [{ insns: [loadMem(BPF_W, 1, 2, 0), exit()], coreRelos }],
}

function specOf(description: ObjectDescription): ObjectSpec {
  return parseObject(writeObject(description), 'test.bpf.o')
}

/** Everything of a spec that a relocation could change by mistake, as values of their own. */
function photograph({ elf, programs, maps, globals }: ObjectSpec): unknown {
  return structuredClone({
    sections: elf.sections.map(({ data }) => data.slice()),
    programs: [...programs.values()].map(({ name, insns, autoload }) => ({
      name,
      insns: insns.slice(),
      autoload,
    })),
    maps: [...maps.values()].map(({ name, maxEntries, contents }) => ({
      name,
      maxEntries,
      contents: contents.slice(),
    })),
    globals: { ...globals },
  })
}

/** Programs `one` and `two` that call function `shared`, and `alone`, which calls nothing. */
function sharing(shared: Partial<ProgramDescription>): ObjectDescription {
  const caller = (name: string): ProgramDescription => ({
    name,
    section: 'xdp',
    insns: [callSubprogram(-1), exit()],
    relocations: [{ insn: 0, symbol: 'shared', type: R_BPF_64_32 }],
  })
  return {
    types,
    programs: [
      { name: 'shared', section: '.text', ...shared },
      caller('one'),
      { name: 'alone' },
      caller('two'),
    ],
  }
}

describe('a function that cannot be relocated', () => {
  it.each<[string, Partial<ProgramDescription>, string, string]>([
    [
      'a call of nothing',
      { insns: [callSubprogram(99), exit()] },
      'RELOCATION_BAD_TARGET',
      'no function starts at',
    ],
    [
      'a CO-RE relocation that makes no sense',
      { insns: [movImm(1, 4), exit()], coreRelos: [{ insn: 0, type: 'task', access: '0:9' }] },
      'RELOCATION_CORE_FAILED',
      '0:9',
    ],
    [
      'a CO-RE relocation of no type',
      { insns: [movImm(1, 4), exit()], coreRelos: [{ insn: 0, type: 9999, access: '0:0' }] },
      'RELOCATION_CORE_FAILED',
      'no type 9999',
    ],
    [
      'a relocation of another type',
      { insns: [movImm(1, 4), exit()], relocations: [{ insn: 0, symbol: 'license', type: 77 }] },
      'RELOCATION_UNSUPPORTED',
      'type 77',
    ],
  ])('for %s fails the programs that need it, and no other', (_, shared, code, found) => {
    const spec = specOf({ ...sharing(shared), extraSymbols: [{ name: 'license', section: 'license' }] })
    const { programs, failures } = relocateObject(spec, { targetBtf: smallKernel })
    expect(programs.map(({ name }) => name)).toEqual(['alone'])
    expect(failures.map(({ program }) => program)).toEqual(['one', 'two'])
    const [first, second] = failures.map(({ error }) => error)
    expect(first).toBe(second)
    expect(first).toMatchObject({ code, object: 'test.bpf.o', section: '.text', program: undefined })
    expect(first?.message).toContain('of function shared: ')
    expect(first?.message).toContain(found)
    expect(first?.message).toMatch(/; programs one and two need it$/)
  })

  it('fails only the program that is loaded, by name', () => {
    const spec = specOf(sharing({ insns: [callSubprogram(99), exit()] }))
    spec.programs.get('two')!.autoload = false
    const { failures } = relocateObject(spec, { targetBtf: noTarget })
    expect(failures).toMatchObject([{ program: 'one', error: { program: 'one' } }])
    expect(failures[0]?.error.message).toMatch(/; program one needs it$/)
  })

  it('that is a program itself fails with those that call it', () => {
    const programs = [
      { name: 'callee', section: 'xdp', insns: [callSubprogram(99), exit()] },
      { name: 'caller', section: 'xdp', insns: [callSubprogram(-3), exit()] },
    ]
    const { failures } = relocateObject(specOf({ programs }), { targetBtf: noTarget })
    expect(failures.map(({ program }) => program)).toEqual(['callee', 'caller'])
    expect(failures[1]?.error.message).toMatch(/of program callee: .*; program caller needs it$/)
  })

  it('is looked at once, and the types of the target are not asked for on its behalf', () => {
    let asked = 0
    const spec = specOf(sharing({ coreRelos: [{ insn: 0, type: 9999, access: '0:0' }] }))
    relocateObject(spec, {
      targetBtf: () => {
        asked++
        return smallKernel()
      },
    })
    expect(asked).toBe(0)
  })
})

describe('relocateObject', () => {
  it('makes the bootstrap object ready for a kernel', () => {
    const bytes = readFileSync(new URL('../../bpf/bootstrap.bpf.o', import.meta.url))
    const { name, license, programs, maps } = relocateObject(parseObject(bytes, 'bootstrap.bpf.o'), {
      targetBtf: smallKernel,
    })
    expect([name, license]).toEqual(['bootstrap', 'Dual MIT/GPL'])
    expect(programs.map((program) => [program.name, program.coreRelocations.length])).toEqual([
      ['handle_exit', 10],
      ['handle_exec', 4],
    ])
    const referenced = new Set(programs.flatMap(({ mapReferences }) => mapReferences.map(({ map }) => map)))
    expect([...referenced].sort()).toEqual(['.bss', '.rodata', 'exec_start', 'rb'])
    expect(maps.map((map) => map.name)).toEqual(expect.arrayContaining([...referenced]))
    for (const { funcInfo, lineInfo } of programs) {
      expect(funcInfo?.count).toBe(1)
      expect(lineInfo?.count).toBeGreaterThan(10)
    }
  })

  it('leaves the spec as it was, and gives results that share nothing with it or each other', () => {
    const spec = specOf({
      ...withCore,
      maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 } }],
      data: { '.data': [{ name: 'limit', type: 'u64' }] },
    })
    const before = photograph(spec)
    const first = relocateObject(spec, { targetBtf: smallKernel })
    const second = relocateObject(spec, { targetBtf: smallKernel })
    expect(photograph(spec)).toEqual(before)
    expect(first.programs[0]?.insns).toEqual(second.programs[0]?.insns)
    for (const program of first.programs) {
      program.insns.fill(0xff)
      program.lineInfo?.bytes.fill(0xff)
    }
    for (const map of first.maps) map.contents.fill(0xff)
    expect(photograph(spec)).toEqual(before)
    expect(second).toEqual(relocateObject(spec, { targetBtf: smallKernel }))
  })

  it('takes edits of the spec into account, those before it and not those after it', () => {
    const spec = specOf({
      maps: [{ name: 'counts', uints: { type: 2, max_entries: 1 } }],
      data: { '.data': [{ name: 'limit', type: 'u64' }] },
    })
    spec.globals['limit'] = 5n
    spec.maps.get('counts')!.maxEntries = 64
    const { maps } = relocateObject(spec, { targetBtf: noTarget })
    spec.globals['limit'] = 6n
    spec.maps.get('counts')!.maxEntries = 65
    expect(maps.map(({ name, maxEntries, contents }) => [name, maxEntries, contents[0]])).toEqual([
      ['counts', 64, undefined],
      ['.data', 1, 5],
    ])
  })

  it('asks for the target’s types once, and only where a program needs them', () => {
    let asked = 0
    const targetBtf = (): ReturnType<typeof smallKernel> => {
      asked++
      return smallKernel()
    }
    relocateObject(specOf({}), { targetBtf })
    expect(asked).toBe(0)
    const insns = [loadMem(BPF_W, 1, 2, 0), exit()]
    relocateObject(
      specOf({
        types,
        programs: [
          { name: 'a', insns, coreRelos },
          { name: 'b', insns, coreRelos },
        ],
      }),
      { targetBtf },
    )
    expect(asked).toBe(1)
  })

  it('leaves programs out whose autoload is off, and all that they would need', () => {
    const spec = specOf({ ...withCore, programs: [...withCore.programs!, { name: 'other' }] })
    spec.programs.get('program')!.autoload = false
    const { programs } = relocateObject(spec, { targetBtf: noTarget })
    expect(programs.map(({ name }) => name)).toEqual(['other'])
  })

  it('cannot make a program of an unknown section ready, unless its autoload is off', () => {
    const spec = specOf({ programs: [{ section: 'no/such/section' }, { name: 'fine', section: 'xdp' }] })
    const { programs, failures } = relocateObject(spec, { targetBtf: noTarget })
    expect(programs.map(({ name }) => name)).toEqual(['fine'])
    expect(failures).toMatchObject([
      { program: 'program', error: { code: 'RELOCATION_UNKNOWN_PROGRAM_TYPE', section: 'no/such/section' } },
    ])
    expect(failures[0]?.error.message).toContain('set its autoload to false')
    spec.programs.get('program')!.autoload = false
    expect(relocateObject(spec, { targetBtf: noTarget }).failures).toEqual([])
  })

  it('leaves out a program of an unknown section whose name starts with a question mark', () => {
    const relocated = relocateObject(specOf({ programs: [{ section: '?no/such' }] }), { targetBtf: noTarget })
    expect([relocated.programs, relocated.failures]).toEqual([[], []])
  })

  it('relocates an object without debug information, which has no CO-RE relocations and no records', () => {
    const { programs, btf } = relocateObject(specOf({ debugInfo: 'absent' }), { targetBtf: noTarget })
    expect(btf).toBeUndefined()
    expect(programs[0]).toMatchObject({ funcInfo: undefined, lineInfo: undefined, coreRelocations: [] })
  })

  it('reports each map reference, then the program', () => {
    const steps: string[] = []
    const spec = specOf({
      maps: [{ name: 'counts', uints: { type: 2 } }],
      programs: [{ insns: [loadImm64(1, 0n), exit()], relocations: [{ insn: 0, symbol: 'counts' }] }],
    })
    relocateObject(spec, { targetBtf: noTarget, observer: (step) => steps.push(step.kind) })
    expect(steps).toEqual(['map-reference-found', 'program-relocated'])
  })

  it('ends where all programs together take too much memory, which is the fault of none', () => {
    const insns = [...Array.from({ length: 60_000 }, () => movImm(0, 0)), exit()]
    const caller = (name: string): ProgramDescription => ({
      name,
      section: 'xdp',
      insns: [callSubprogram(-1), exit()],
      relocations: [{ insn: 0, symbol: 'long', type: R_BPF_64_32 }],
    })
    const programs = Array.from({ length: 600 }, (_, index) => caller(`p${index}`))
    const spec = specOf({
      debugInfo: 'absent',
      programs: [{ name: 'long', section: '.text', insns }, ...programs],
    })
    const error = bpfErrorOf('RELOCATION_TOO_LARGE', () => relocateObject(spec, { targetBtf: noTarget }))
    expect(error.program).toBeUndefined()
  })

  it('passes on what keeps the target’s types from being read', () => {
    const trouble = new Error('no BTF')
    const targetBtf = (): never => {
      throw trouble
    }
    expect(() => relocateObject(specOf(withCore), { targetBtf })).toThrow(trouble)
  })
})
