import { describe, expect, it } from 'vitest'
import { insnIndex, typeId } from '../../src/base/units.ts'
import { Btf } from '../../src/btf/btf.ts'
import { BtfBuilder } from '../../src/btf/encoder.ts'
import type { ModuleBtf } from '../../src/btf/module_btf.ts'
import { CoreError } from '../../src/core/core_error.ts'
import { POISON_HELPER } from '../../src/core/patch.ts'
import { call, exit, loadImm64, loadMem, movImm } from '../../src/insn/assemble.ts'
import { type Insn, readInsn } from '../../src/insn/insn.ts'
import { BPF_W } from '../../src/insn/opcodes.ts'
import type { ObjectSpec } from '../../src/object/object_spec.ts'
import { parseObject } from '../../src/object/parse_object.ts'
import { coreRelosOf } from '../../src/relocate/core_relocations.ts'
import type { RelocatedObject } from '../../src/relocate/relocated_object.ts'
import { RelocationError } from '../../src/relocate/relocation_error.ts'
import type { RelocateStep } from '../../src/relocate/steps.ts'
import { bpfErrorOf } from '../base/expect_error.ts'
import { at } from '../core/members.ts'
import { type CoreReloDescription, type ObjectDescription, writeObject } from '../object/object_writer.ts'
import { relocateAll } from './relocate_all.ts'
import { smallKernel } from './small_kernel.ts'

/** The object's own idea of task_struct; smallKernel() has exit_code at 64 and tgid at 72, and no `gone`. */
const types: NonNullable<ObjectDescription['types']> = (builder, { int = typeId(0) }) => ({
  task: builder.addStruct('task_struct', 12, [
    at(0, 'tgid', int),
    at(4, 'exit_code', int),
    at(8, 'gone', int),
  ]),
})

const insns = [loadMem(BPF_W, 1, 2, 0), movImm(3, 4), loadImm64(4, 8n), exit()]

function objectOf(coreRelos: readonly CoreReloDescription[], more: ObjectDescription = {}): Uint8Array {
  return writeObject({ types, programs: [{ insns, coreRelos }], ...more })
}

function relocate(bytes: Uint8Array, observer?: (step: RelocateStep) => void): RelocatedObject {
  return relocateAll(parseObject(bytes, 'test.bpf.o'), { targetBtf: smallKernel, observer })
}

function insnOf(object: RelocatedObject, slot: number): Insn {
  return readInsn(object.programs[0]!.insns, insnIndex(slot))
}

describe('coreRelosOf', () => {
  it('gives each program of a section its own, and none to those of other sections', () => {
    const coreRelos = [{ insn: 0, type: 'task', access: '0:0' }]
    const programs = [
      { name: 'one', insns, coreRelos },
      { name: 'two', insns, coreRelos: [...coreRelos, { insn: 1, type: 'task', access: '0:1' }] },
      { name: 'other', section: 'tp/a/b' },
    ]
    const spec = parseObject(writeObject({ types, programs }), 'test.bpf.o')
    const found = [...spec.programs.values()].map((program) =>
      coreRelosOf(spec, program).map(({ insnOffset }) => insnOffset),
    )
    expect(found).toEqual([[0], [40, 48], []])
  })
})

describe('applyCoreRelocations', () => {
  it('patches the instructions of a program with the target’s values', () => {
    const object = relocate(
      objectOf([
        { insn: 0, type: 'task', access: '0:0' },
        { insn: 1, type: 'task', access: '0:1' },
      ]),
    )
    expect(insnOf(object, 0)).toEqual(loadMem(BPF_W, 1, 2, 72))
    expect(insnOf(object, 1)).toEqual(movImm(3, 64))
    expect([insnOf(object, 2), insnOf(object, 3)]).toEqual(loadImm64(4, 8n))
    expect(object.programs[0]?.coreRelocations.map(({ insn }) => insn)).toEqual([0, 1])
  })

  it('patches type and enumerator relocations', () => {
    const object = relocate(
      writeObject({
        types: (builder, { int = typeId(0) }) => ({
          task: builder.addStruct('task_struct', 8, [at(0, 'tgid', int)]),
          gone: builder.addStruct('gone_struct', 8, []),
          state: builder.addEnum('gone_state', {
            size: 4,
            signed: false,
            enumerators: [{ name: 'A', value: 8n }],
          }),
        }),
        programs: [
          {
            insns: [movImm(1, 8), movImm(2, 1), loadImm64(3, 1n), loadImm64(4, 1n), loadImm64(5, 8n), exit()],
            coreRelos: [
              { insn: 0, type: 'task', access: '0', kind: 'type_size' },
              { insn: 1, type: 'gone', access: '0', kind: 'type_exists' },
              { insn: 2, type: 'task', access: '0', kind: 'type_id_target' },
              { insn: 4, type: 'state', access: '0', kind: 'enumval_exists' },
              { insn: 6, type: 'state', access: '0', kind: 'enumval_value' },
            ],
          },
        ],
      }),
    )
    const [task] = smallKernel().idsNamed('task_struct')
    expect(Array.from({ length: 9 }, (_, slot) => insnOf(object, slot))).toEqual([
      movImm(1, 160),
      movImm(2, 0),
      ...loadImm64(3, BigInt(task ?? 0)),
      ...loadImm64(4, 0n),
      call(POISON_HELPER),
      call(POISON_HELPER),
      exit(),
    ])
  })

  it('needs no target for the ids of the object’s own types', () => {
    const bytes = objectOf([{ insn: 2, type: 'task', access: '0', kind: 'type_id_local' }])
    const spec = parseObject(bytes, 'test.bpf.o')
    const object = relocateAll(spec, { targetBtf: () => expect.fail('must not be asked for') })
    const [task] = spec.btf?.idsNamed('task_struct') ?? []
    expect([insnOf(object, 2), insnOf(object, 3)]).toEqual(loadImm64(4, BigInt(task ?? 0)))
  })

  it('poisons both slots of an ldimm64 whose field is gone', () => {
    const object = relocate(objectOf([{ insn: 2, type: 'task', access: '0:2' }]))
    expect([insnOf(object, 2), insnOf(object, 3)]).toEqual([call(POISON_HELPER), call(POISON_HELPER)])
    expect(insnOf(object, 4)).toEqual(exit())
  })

  it('reports what was resolved, then all slots of the instruction before and after', () => {
    const steps: RelocateStep[] = []
    relocate(objectOf([{ insn: 2, type: 'task', access: '0:2' }]), (step) => steps.push(step))
    expect(steps.map(({ kind }) => kind)).toEqual(['core-resolved', 'insn-patched', 'program-relocated'])
    expect(steps[0]).toMatchObject({
      program: 'program',
      insn: 2,
      resolution: { result: { kind: 'poison' } },
    })
    const after = [call(POISON_HELPER), call(POISON_HELPER)]
    expect(steps[1]).toMatchObject({
      program: 'program',
      insn: 2,
      before: loadImm64(4, 8n),
      after,
      why: 'core',
    })
  })

  it('reports what was resolved even if it cannot be written into the instruction', () => {
    const steps: string[] = []
    const bytes = objectOf([{ insn: 4, type: 'task', access: '0:0' }])
    bpfErrorOf('RELOCATION_CORE_FAILED', () => relocate(bytes, ({ kind }) => steps.push(kind)))
    expect(steps).toEqual(['core-resolved'])
  })

  it('blames the program and the instruction, and keeps the cause', () => {
    const error = bpfErrorOf('RELOCATION_CORE_FAILED', () =>
      relocate(objectOf([{ insn: 1, type: 'task', access: '0:9' }])),
    )
    expect(error).toBeInstanceOf(RelocationError)
    expect(error.message).toContain('test.bpf.o: cannot relocate instruction 1 of program program: ')
    expect(error).toMatchObject({ section: 'tp/sched/sched_process_exec', program: 'program', offset: 8 })
    expect(error.cause).toBeInstanceOf(CoreError)
    expect(error.cause).toMatchObject({ code: 'CORE_BAD_RELOCATION' })
  })

  it.each([
    ['a root that is no type', { insn: 0, type: 9999, access: '0:0' }, 'BTF_NO_SUCH_TYPE'],
    ['the middle of an instruction', { insn: 0.5, type: 'task', access: '0:0' }, 'CORE_BAD_RELOCATION'],
    [
      'a kind that is newer than this library',
      { insn: 0, type: 'task', access: '0:0', kind: 99 },
      'CORE_UNSUPPORTED_KIND',
    ],
    ['an instruction of no such form', { insn: 4, type: 'task', access: '0:0' }, 'CORE_BAD_INSTRUCTION'],
    [
      'an instruction that holds another value',
      { insn: 0, type: 'task', access: '0:1' },
      'CORE_BAD_INSTRUCTION',
    ],
  ])('refuses %s', (_, relo, code) => {
    const error = bpfErrorOf('RELOCATION_CORE_FAILED', () => relocate(objectOf([relo])))
    expect(error.cause).toMatchObject({ code })
    expect(error.program).toBe('program')
  })

  it('refuses to poison an ldimm64 whose second slot is behind the end of the program', () => {
    const coreRelos = [{ insn: 0, type: 'task', access: '0:2' }]
    const bytes = writeObject({
      types,
      programs: [{ insns: [loadImm64(4, 8n)], coreRelos }],
      symbolLies: { program: { size: 8n } },
    })
    const error = bpfErrorOf('RELOCATION_CORE_FAILED', () => relocate(bytes))
    expect(error.cause).toMatchObject({ code: 'INSN_OUT_OF_BOUNDS' })
  })

  it('ignores relocations of sections that hold no program', () => {
    const bytes = objectOf([{ insn: 100, type: 'task', access: '0:0' }])
    expect(relocate(bytes).programs[0]?.coreRelocations).toEqual([])
  })
})

describe('modules', () => {
  const vmlinux = smallKernel()
  const module = (name: string, offset: number): ModuleBtf => {
    const builder = new BtfBuilder({ base: vmlinux })
    builder.addStruct('conn', 64, [at(offset, 'mark', typeId(1))])
    return { name, btf: Btf.parse(builder.finish({ endianness: 'little' }), { name, base: vmlinux }) }
  }
  const objectWith = (type: string): ObjectSpec =>
    parseObject(
      writeObject({
        types: (builder, names) => ({
          ...types(builder, names),
          conn: builder.addStruct('conn', 4, [at(0, 'mark', names['int'] ?? typeId(0))]),
        }),
        programs: [{ insns, coreRelos: [{ insn: 0, type, access: '0:0' }] }],
      }),
      'test.bpf.o',
    )
  const relocated = (type: string, modules: () => readonly ModuleBtf[]): RelocatedObject =>
    relocateAll(objectWith(type), { targetBtf: () => vmlinux, modules })

  it('are candidates of what the kernel itself does not have', () => {
    const object = relocated('conn', () => [module('other', 24)])
    expect(insnOf(object, 0).off).toBe(24)
    const [applied] = object.programs[0]?.coreRelocations ?? []
    expect(applied?.resolution.candidates.map(({ candidate }) => candidate.btf.name)).toEqual(['other'])
  })

  it('are not asked for where the kernel has a candidate', () => {
    const object = relocated('task', () => expect.fail('modules were asked for'))
    expect(insnOf(object, 0).off).toBe(72)
  })

  it('all count: two of them that disagree are ambiguous, two that agree are not', () => {
    const one = module('one', 24)
    expect(
      insnOf(
        relocated('conn', () => [one, module('two', 24)]),
        0,
      ).off,
    ).toBe(24)
    const error = bpfErrorOf('RELOCATION_CORE_FAILED', () => relocated('conn', () => [one, module('two', 8)]))
    expect(error.message).toMatch(/type \d+ of one .*type \d+ of two /)
  })

  it('are searched in their own types, not in those of the kernel again', () => {
    const builder = new BtfBuilder({ base: vmlinux })
    builder.addStruct('unrelated', 4, [])
    const bytes = builder.finish({ endianness: 'little' })
    const btf = Btf.parse(bytes, { name: 'unrelated', base: vmlinux })
    expect([...btf.ownIdsByEssentialName(['task_struct', 'unrelated'])]).toEqual([
      ['task_struct', []],
      ['unrelated', [vmlinux.typeCount + 1]],
    ])
    expect(
      insnOf(
        relocated('conn', () => [{ name: 'unrelated', btf }]),
        0,
      ),
    ).toMatchObject({ imm: POISON_HELPER })
  })
})
